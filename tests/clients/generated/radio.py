"""Signs in with the client that was generated for radio and lists what it wrote: `radio.py URL EMAIL PASSWORD`."""

import json
import sys

from radio_client import AuthenticatedClient, Client
from radio_client.api.articles import articles_create_article, articles_list_articles
from radio_client.api.authentication import auth_login_log_in
from radio_client.models import (
    ArticleCreate,
    ArticleCreateStatus,
    ArticlesListArticlesStatus,
    Login,
    SuccessArticle,
    SuccessLoggedIn,
    SuccessPageArticle,
)

url, email, password = sys.argv[1:]
signed = auth_login_log_in.sync(client=Client(url), body=Login(email, password))
assert isinstance(signed, SuccessLoggedIn), signed
staff = AuthenticatedClient(url, signed.data.access_token)
article = ArticleCreate("Ditulis oleh klien", "<p>Shalom.</p>", status=ArticleCreateStatus.DRAFT)
made = articles_create_article.sync(client=staff, body=article)
assert isinstance(made, SuccessArticle), made
listed = articles_list_articles.sync(client=staff, status=ArticlesListArticlesStatus.DRAFT, limit=50)
assert isinstance(listed, SuccessPageArticle), listed
public = articles_list_articles.sync(client=Client(url))
assert isinstance(public, SuccessPageArticle), public
print(
    json.dumps(
        {
            "role": signed.data.user.role,
            "made": made.data.slug,
            "drafts": [one.slug for one in listed.data],
            "published": sorted({one.status.value for one in public.data}),
        }
    )
)
