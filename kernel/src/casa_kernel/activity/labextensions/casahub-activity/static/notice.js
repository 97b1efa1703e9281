// Says in JupyterLab when the site stops this session because nothing happens in it.
//
// JupyterLab takes an extension as a container of modules, as webpack's module federation makes
// them. This one is written by hand: it needs nothing but commands of the application, so there is
// nothing to build.
"use strict";

(() => {
  const NAME = "casahub-activity"; // as in package.json
  const EVERY = 60000; // ms; asking is no activity
  const WARNED = 0.5; // of the idle time is left, as the portal has it: casahub.culling.rule

  const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  const near = (when) => Math.abs(when - new Date()) < 12 * 3600 * 1000;
  const said = (when) => (near(when) ? hour : day).format(when);

  function text({ stops, active }) {
    return (
      `This session stops at ${said(new Date(stops))}, because nothing has happened since ` +
      `${said(new Date(active))}. Files stay, and what changed gets a checkpoint first; what is ` +
      "only in a kernel's memory is lost. Run or save something, and it goes on."
    );
  }

  const soon = ({ busy, stops, idle }) =>
    !busy && stops !== undefined && new Date(stops) - new Date() <= idle * 1000 * WARNED;

  async function ask({ baseUrl, token }) {
    const headers = token ? { Authorization: `token ${token}` } : {};
    const answer = await fetch(`${baseUrl}api/casahub/activity`, { headers, cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  }

  function activate(app) {
    const { commands, serviceManager } = app;
    let shown; // id of the notification
    let shownText;
    let page;

    commands.addCommand("casahub-activity:keep", {
      label: "Keep this session",
      execute: () => window.open(page, "_blank", "noopener"),
    });

    async function hide() {
      if (shown !== undefined) await commands.execute("apputils:dismiss-notification", { id: shown });
      shown = shownText = undefined;
    }

    async function show(found) {
      const message = text(found);
      if (message === shownText) return;
      await hide();
      page = found.page;
      const actions = [{ label: "Keep until…", commandId: "casahub-activity:keep" }];
      shown = await commands.execute("apputils:notify", {
        message,
        type: "warning",
        options: { autoClose: false, actions },
      });
      shownText = message;
    }

    async function look() {
      try {
        const found = await ask(serviceManager.serverSettings);
        await (soon(found) ? show(found) : hide());
      } catch (error) {
        console.warn("the session does not say when it is stopped", error);
      }
    }

    app.restored.then(() => {
      look();
      setInterval(look, EVERY);
    });
  }

  const plugin = { id: `${NAME}:notice`, autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = { init: () => {}, get: async () => () => plugin };
})();
