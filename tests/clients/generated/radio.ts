// Radio's description as types: compiled, never run. A line that must not compile says so.
import type { components, paths } from "./api";

type Article = components["schemas"]["Article"];
type LogIn = paths["/auth/login"]["post"];

export const status: Article["status"] = "published";
// @ts-expect-error: an enum is one of its values
export const unknown: Article["status"] = "printed";

export const credentials: LogIn["requestBody"]["content"]["application/json"] = { email: "a@b.id", password: "x" };
// @ts-expect-error: what is required cannot be left out
export const halfCredentials: LogIn["requestBody"]["content"]["application/json"] = { email: "a@b.id" };

export function token(answer: LogIn["responses"][200]["content"]["application/json"]): string | null {
  return "accessToken" in answer.data ? answer.data.accessToken : null;
}

export function reason(answer: LogIn["responses"][401]["content"]["application/json"]): string {
  // @ts-expect-error: an error is never a success
  const success: true = answer.success;
  return `${success} ${answer.error.code}`;
}
