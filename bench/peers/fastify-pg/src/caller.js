/** Who calls: the bearer's signature, then the session and the account behind it, at every request. */

import { HttpError } from "./errors.js";
import { statement } from "./db.js";

const findCaller = statement(`
  SELECT u.id, u.role FROM account_sessions s JOIN users u ON u.id = s.account_id
  WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active`);

const refused = () => new HttpError(401, "UNAUTHORIZED", "Please sign in");

/** Set `request.caller` if there is a bearer; nobody needs one here, but a wrong one is refused. */
export async function recogniseCaller(request) {
  if (request.headers.authorization === undefined) return;
  let token;
  try {
    token = await request.jwtVerify();
  } catch {
    throw refused();
  }
  const [caller] = await findCaller(token.sid);
  if (caller === undefined || String(caller.id) !== token.sub) throw refused();
  request.caller = caller;
}
