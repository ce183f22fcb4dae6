"""The page of a Django site, cached by its own decorator on the Memcached of the bench."""

import os

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
            "LOCATION": os.environ["MEMCACHED"],
        }
    },
    # Among Django's usual ones, the one that gives an answer its length.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no use",
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402

with open(os.environ["PAGE"], "rb") as file:
    PAGE = file.read()

renders = 0


@cache_page(3600)
def page(request):
    """Says how often it ran: a hit says the same again."""
    global renders
    renders += 1
    return HttpResponse(PAGE, headers={"X-Renders": str(renders)})


urlpatterns = [path(os.environ["PAGE_PATH"], page)]
application = get_wsgi_application()
