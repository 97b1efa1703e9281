"""The pages: home, one workspace, and the parts of them that update themselves."""

from http import HTTPStatus

from tornado.web import HTTPError, authenticated
from zfs_provisioner.errors import (
    InvalidNameError,
    ProvisionerError,
    ProvisionerUnreachableError,
    UnknownWorkspaceError,
)

from casahub.portal import facts, troubles, views
from casahub.portal.handlers import PortalHandler


class Home(PortalHandler):
    """`GET /`: everything that is the user's, and what the archive offers."""

    @authenticated
    async def get(self) -> None:
        """Show the page."""
        self.page("home.html", view=await self.view())

    async def view(self) -> views.HomeView:
        """Return what there is to see."""
        found = await facts.about_all(self.site.sources, self.owner, self.token)
        return views.home(found, self.site.progress_url(self.owner), self.site.new_id)


class Part:
    """A part that a script asks for: it cannot follow somebody to a login page."""

    def get_login_url(self) -> str:
        """Refuse instead of leading there."""
        raise HTTPError(HTTPStatus.FORBIDDEN, "not signed in any more")


class LiveHome(Part, Home):
    """`GET /live`: the part of the home page that changes by itself."""

    @authenticated
    async def get(self) -> None:
        """Show the part."""
        self.fragment("live_home.html", view=await self.view())


class WorkspacePage(PortalHandler):
    """`GET /workspaces/<id>`: one workspace with its checkpoints."""

    @authenticated
    async def get(self, workspace: str) -> None:
        """Show the page, or that there is none."""
        try:
            found = await facts.about_one(self.site.sources, self.owner, self.token, workspace)
        except (UnknownWorkspaceError, InvalidNameError):
            self.trouble(HTTPStatus.NOT_FOUND, troubles.NO_WORKSPACE)
        except ProvisionerUnreachableError:
            self._unavailable(troubles.STORAGE_DOWN)
        except ProvisionerError as error:
            self._unavailable(error.message)
        else:
            view = views.only_workspace(found, self.site.progress_url(self.owner))
            self.show(view, found.troubles)

    def _unavailable(self, sentence: str) -> None:
        self.trouble(HTTPStatus.SERVICE_UNAVAILABLE, troubles.unavailable(sentence))

    def show(self, view: views.WorkspaceView, sentences: tuple[str, ...]) -> None:
        """Answer with the workspace."""
        self.page("workspace.html", workspace=view, troubles=sentences)


class LiveWorkspace(Part, WorkspacePage):
    """`GET /workspaces/<id>/live`: the part of its page that changes by itself."""

    def show(self, view: views.WorkspaceView, sentences: tuple[str, ...]) -> None:
        """Answer with the part."""
        self.fragment("live_workspace.html", workspace=view, troubles=sentences)
