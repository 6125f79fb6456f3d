// Dealroom's description as types: compiled, never run. A line that must not compile says so.
import type { components, paths } from "./api";

type Message = components["schemas"]["Message"];
type Messages = paths["/api/v1/messages"]["post"];

export const sender: Message["sender"] = "customer";
// @ts-expect-error: an enum is one of its values
export const unknown: Message["sender"] = "nobody";

export function first(answer: paths["/api/v1/sessions"]["get"]["responses"][200]["content"]["application/json"]): string {
  const status: "success" = answer.status;
  return `${status} ${answer.data[0]?.title}`;
}

export function failed(answer: Messages["responses"][401]["content"]["application/json"]): "error" {
  return answer.status;
}
