"""Signs in with the client generated for dealroom, lists the session it started: `dealroom.py URL EMAIL PASSWORD`."""

import json
import sys

from dealroom_client import AuthenticatedClient, Client
from dealroom_client.api.authentication import api_v1_auth_login_log_in
from dealroom_client.api.chat_sessions import api_v1_sessions_create_session, api_v1_sessions_list_sessions
from dealroom_client.models import (
    Login,
    SessionCreate,
    SuccessChatSession,
    SuccessListChatSession,
    SuccessSignedIn,
)

url, email, password = sys.argv[1:]
signed = api_v1_auth_login_log_in.sync(client=Client(url), body=Login(email, password))
assert isinstance(signed, SuccessSignedIn), signed
owner = AuthenticatedClient(url, signed.data.token)
begun = api_v1_sessions_create_session.sync(client=owner, body=SessionCreate(title="Begun by a client"))
assert isinstance(begun, SuccessChatSession), begun
listed = api_v1_sessions_list_sessions.sync(client=owner)
assert isinstance(listed, SuccessListChatSession), listed
sessions = {str(one.id): [one.title, one.status.value] for one in listed.data}
print(json.dumps({"begun": str(begun.data.id), "listed": sessions}))
