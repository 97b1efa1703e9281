"""What the buttons do. Each action is a POST form; repeating one does no harm."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from tornado.web import HTTPError
from zfs_provisioner.model import WorkspaceState

from casahub.portal import flash
from casahub.portal.handlers import Action, Outcome
from casahub.portal.human import clock, date
from casahub.portal.prospects import longest_keep
from casahub.portal.sessions import server_of, session_for, session_for_new

_LONGEST_NUMBER: Final = 9  # digits; more seconds than that are no date any more


class CreateWorkspace(Action):
    """Start a session on a new workspace, which the session's start makes."""

    async def act(self, subject: str) -> Outcome:  # noqa: ARG002 - there is none yet
        """Start it; the form carries the new id, so that sending it twice makes one workspace."""
        field = self.get_body_argument
        name = " ".join(field("name", "").split()) or field("dataset")
        options = {
            "dataset": field("dataset"),
            "release": field("release"),
            "name": name,
            "workspace": field("workspace"),
        }
        hub = self.site.sources.hub
        # Storage that is away is better said here than by a start that fails.
        await self.site.sources.provisioner.health()
        servers = await hub.servers(self.owner, self.token)
        session = session_for_new(options["workspace"], name, servers)
        known = servers.get(session)
        if known is None or not known.active:
            await hub.start(self.owner, self.token, session, title=name, options=options)
        return Outcome(self.site.settings.progress_url(self.owner, session))


class StartSession(Action):
    """Start a session on a workspace."""

    async def act(self, subject: str) -> Outcome:
        """Start it, or lead to the one that runs."""
        hub = self.site.sources.hub
        workspace = await self.site.sources.provisioner.workspace(subject, self.owner)
        if workspace.state is WorkspaceState.TRASHED:
            text = f"“{workspace.spec.name}” is in trash: restore it first."
            return Outcome(self.back(subject), flash.failed(text))
        servers = await hub.servers(self.owner, self.token)
        session = session_for(workspace, servers)
        if server_of(workspace, servers) is None:
            await hub.start(
                self.owner,
                self.token,
                session,
                title=workspace.spec.name,
                options={"workspace": workspace.id},
            )
        self.site.sources.measurements.forget(subject)
        return Outcome(self.site.settings.progress_url(self.owner, session))


class SessionAction(Action):
    """A button about a session."""

    def back(self, subject: str) -> str:
        """Return the page that the form was on; its workspace is in the form, not in the URL."""
        del subject
        return super().back(self.get_body_argument("workspace", ""))


class StopSession(SessionAction):
    """Stop a session; its workspace stays, with a checkpoint of what changed."""

    async def act(self, subject: str) -> Outcome:
        """Ask the hub to stop it."""
        await self.site.sources.hub.stop(self.owner, self.token, subject)
        workspace = self.get_body_argument("workspace", "")
        self.site.sources.measurements.forget(workspace)
        text = "The session is stopping. Your files stay in the workspace."
        return Outcome(self.back(subject), flash.done(text))


class KeepSession(SessionAction):
    """Leave an idle session alone for some time, or with none no longer than others."""

    async def act(self, subject: str) -> Outcome:
        """Write it down, if the session runs: the culler forgets what is said of others."""
        sources = self.site.sources
        servers = await sources.hub.servers(self.owner, self.token)
        if subject not in servers or not servers[subject].active:
            text = "The session stopped already. Start it again: your files are in the workspace."
            return Outcome(self.back(subject), flash.failed(text))
        wanted, now = self.get_body_argument("seconds", ""), sources.clock()
        if not wanted.isdecimal() or len(wanted) > _LONGEST_NUMBER:
            raise HTTPError(HTTPStatus.BAD_REQUEST, "seconds: how long, as a number")
        length = timedelta(seconds=int(wanted))
        until = sources.idle.rule.latest(length, now) if length else None
        sources.idle.keeps.keep((self.owner, subject), until)
        text = "The session stops when nothing happens in it, as others do."
        if until:
            text = f"The session is left running until {clock(until, now).ago}."
        return Outcome(self.back(subject), flash.done(text))


class MakeCheckpoint(Action):
    """Keep the present content of a workspace."""

    async def act(self, subject: str) -> Outcome:
        """Make the checkpoint."""
        await self.site.sources.provisioner.checkpoint(subject, self.owner)
        self.site.sources.measurements.forget(subject)
        return Outcome(
            self.back(subject), flash.done("Checkpoint made. You can restore it at any time.")
        )


class RestoreCheckpoint(Action):
    """Bring a workspace's content back to a checkpoint."""

    async def act(self, subject: str) -> Outcome:
        """Restore it."""
        name = self.get_body_argument("checkpoint")
        await self.site.sources.provisioner.restore(subject, self.owner, name)
        self.site.sources.measurements.forget(subject)
        text = "The workspace is as it was at that checkpoint. What had changed since is kept too."
        return Outcome(self.back(subject), flash.done(text))


class KeepLonger(Action):
    """Keep a workspace from going to trash by itself."""

    async def act(self, subject: str) -> Outcome:
        """Keep it for a year from now, or for what the policy allows of that."""
        sources = self.site.sources
        until = sources.clock() + longest_keep(await sources.provisioner.policy())
        kept = await sources.provisioner.keep(subject, self.owner, until)
        text = f"“{kept.spec.name}” is kept until {date(until).ago}."
        return Outcome(self.back(subject), flash.done(text))


class KeepNoLonger(Action):
    """Let a workspace go to trash when others would."""

    async def act(self, subject: str) -> Outcome:
        """Take back that it is kept."""
        kept = await self.site.sources.provisioner.keep(subject, self.owner, None)
        text = f"“{kept.spec.name}” is kept no longer than your other workspaces."
        return Outcome(self.back(subject), flash.done(text))


class MoveToTrash(Action):
    """Put a workspace into trash."""

    async def act(self, subject: str) -> Outcome:
        """Put it there."""
        trashed = await self.site.sources.provisioner.trash(subject, self.owner)
        text = f"“{trashed.spec.name}” is in trash. You can restore it from there."
        return Outcome(self.site.home, flash.done(text))


class RestoreFromTrash(Action):
    """Bring a workspace back from trash."""

    async def act(self, subject: str) -> Outcome:
        """Bring it back."""
        back = await self.site.sources.provisioner.undelete(subject, self.owner)
        return Outcome(self.back(subject), flash.done(f"“{back.spec.name}” is back from trash."))
