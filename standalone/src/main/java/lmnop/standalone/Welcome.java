package lmnop.standalone;

import lmnop.standalone.apps.Credentials;
import lmnop.standalone.apps.Urls;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.terminal.Terminal;
import lmnop.standalone.terminal.Terminal.Tone;

/** The first lines that a newcomer reads: where everything is, and how to deploy a function. */
final class Welcome {
  private final Options options;
  private final Urls urls;
  private final Terminal terminal;

  Welcome(Options options, Terminal terminal) {
    this.options = options;
    this.urls = new Urls(options.ports());
    this.terminal = terminal;
  }

  void print(Credentials credentials) {
    Programs programs = Programs.ofThisMachine();
    boolean everywhere = Names.knownToAll();
    boolean git = everywhere || Names.knownToGit(programs, options.ports().router());
    terminal.line("");
    terminal.line(terminal.toned(Tone.STRONG, "lmnop is running."));
    row("Functions", urls.function("<name>"));
    row("Portal", urls.portal());
    row("Git remote", urls.remote("<name>"));
    row("User", "admin");
    row("Password", credentials.adminPassword().read().value());
    row("", "made at the first start, kept in " + credentials.adminPassword().path());
    row("Data", options.data().root().toString());
    if (!everywhere) {
      terminal.line("");
      terminal.line(
          "Browsers%s know names below localhost; the resolver of this machine does not. Other programs reach"
              .formatted(git ? ", curl and git" : ""));
      row("functions", urls.functionByPath("<name>"));
      row("portal, git", urls.portalByAddress() + " and " + urls.portalByAddress() + "scm/<name>");
    }
    ownFunction(git);
    terminal.line("");
  }

  private void ownFunction(boolean git) {
    String remote =
        git
            ? urls.remoteOf("admin", "hello")
            : urls.portalByAddress().replace("://", "://admin@") + "scm/hello";
    terminal.line("");
    terminal.line("Deploy a function of your own:");
    command("cp -r " + options.home().resolve("examples/hello-python") + " hello && cd hello");
    command("git init -q -b main && git add -A && git commit -q -m 'My first function'");
    command("git push " + remote + " main");
    command("curl " + (git ? urls.function("hello") : urls.functionByPath("hello")));
  }

  private void row(String name, String value) {
    terminal.line("  %-12s %s".formatted(name, value));
  }

  private void command(String text) {
    terminal.line("    " + terminal.toned(Tone.FIRST, text));
  }
}
