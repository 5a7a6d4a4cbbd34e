package lmnop.controlplane.git;

import java.util.LinkedHashMap;
import java.util.Map;
import lmnop.testkit.Thorough;

/** What people do with git at a server; each is to look the same at every server. */
final class GitScenarios {
  private static final int MANY = Thorough.isAskedFor() ? 2000 : 100;
  private static final String STRANGER = "0123456789012345678901234567890123456789";

  /** What somebody does. */
  @FunctionalInterface
  interface Scenario {
    void play(GitSession git) throws Exception;
  }

  private final Map<String, Scenario> all = new LinkedHashMap<>();

  private GitScenarios() {}

  /** Those who only read: the server has two branches and two tags. */
  static Map<String, Scenario> ofReaders() {
    GitScenarios scenarios = new GitScenarios();
    scenarios.clones();
    scenarios.shallowOnes();
    scenarios.fetches();
    scenarios.listings();
    scenarios.mistakesOfReaders();
    return scenarios.all;
  }

  /** Those who read what somebody changes meanwhile, and those who write. */
  static Map<String, Scenario> ofWriters() {
    GitScenarios scenarios = new GitScenarios();
    scenarios.readWhatChanges();
    scenarios.branches();
    scenarios.tags();
    scenarios.severalAtOnce();
    scenarios.force();
    scenarios.deletions();
    scenarios.waysOfSending();
    scenarios.mistakesOfWriters();
    return scenarios.all;
  }

  /** An author's working copy with two branches and two tags. */
  static void write(GitSession author) throws Exception {
    author
        .in("author")
        .commit("function.yml", Work.PYTHON)
        .commit("a.txt", "a\n")
        .silent("tag", "light")
        .commit("b.txt", "b\n")
        .silent("tag", "-a", "v1", "-m", "version 1")
        .commit("c.txt", "c\n")
        .silent("branch", "topic", "HEAD~1");
  }

  /** Pushes what {@link #write} made. */
  static void publish(GitSession author) throws Exception {
    author
        .in("author")
        .silent("push", "-q", author.url(), "main")
        .silent("push", "-q", author.url(), "topic", "light", "v1");
  }

  private void is(String name, Scenario scenario) {
    all.put(name, scenario);
  }

  private void clone(String name, String... options) {
    is(
        name,
        git -> {
          String[] command = new String[options.length + 3];
          command[0] = "clone";
          System.arraycopy(options, 0, command, 1, options.length);
          command[options.length + 1] = git.url();
          command[options.length + 2] = ".";
          git.nowhere("reader").git(command).look();
        });
  }

  private void clones() {
    clone("clone");
    clone("bare clone", "--bare");
    clone("mirror", "--mirror");
    clone("clone of one branch", "--single-branch", "-b", "topic");
    clone("clone at a tag", "-b", "v1");
    clone("clone without tags", "--no-tags");
    clone("clone with a filter", "--filter=blob:none");
    clone("clone of a branch that is not there", "-b", "nothing");
  }

  private void readWhatChanges() {
    is(
        "clone of many tags",
        git -> {
          git.in("author").tags(MANY).silent("push", "-q", git.url(), "--tags");
          git.nowhere("reader").git("clone", git.url(), ".").look();
        });
    is(
        "shallow fetch of something new",
        git -> {
          git.nowhere("reader").silent("clone", "-q", "--depth", "1", git.url(), ".");
          git.in("author").commit("d.txt", "d\n").silent("push", "-q", git.url(), "main");
          git.in("reader").git("fetch", "--depth", "1").look();
        });
    is(
        "fetch after many commits of one's own",
        git -> {
          git.nowhere("reader").silent("clone", "-q", git.url(), ".").commits(300);
          git.in("author").commit("d.txt", "d\n").silent("push", "-q", git.url(), "main");
          git.in("reader").git("fetch").look();
        });
    is(
        "pull what diverged",
        git -> {
          git.nowhere("reader").silent("clone", "-q", git.url(), ".").commit("mine.txt", "mine\n");
          git.in("author").commit("d.txt", "d\n").silent("push", "-q", git.url(), "main");
          git.in("reader").git("pull", "-q", "--rebase").look();
        });
    is(
        "prune what is gone",
        git -> {
          git.nowhere("reader").silent("clone", "-q", git.url(), ".");
          git.in("author").silent("push", "-q", git.url(), ":topic");
          git.in("reader").git("fetch", "--prune").look();
        });
  }

  private void shallowOnes() {
    clone("shallow clone", "--depth", "1");
    clone("shallow clone of all branches", "--depth", "2", "--no-single-branch");
    clone("clone since a moment", "--shallow-since=1700000003");
    clone("clone without what a tag has", "--shallow-exclude=light");
    is(
        "fetch the rest",
        git -> {
          git.nowhere("reader").silent("clone", "-q", "--depth", "1", git.url(), ".");
          git.git("fetch", "--unshallow").look();
        });
  }

  private void fetch(String name, String... command) {
    is(name, git -> git.in("reader").git(command(git, command)).look());
  }

  private static String[] command(GitSession git, String... command) {
    String[] filled = command.clone();
    for (int i = 0; i < filled.length; i++) {
      filled[i] = filled[i].replace("URL", git.url());
    }
    return filled;
  }

  private void fetches() {
    fetch("fetch one branch", "fetch", "URL", "topic");
    fetch("fetch into a name of its own", "fetch", "URL", "+refs/heads/*:refs/there/*");
    fetch("fetch one tag", "fetch", "URL", "refs/tags/v1:refs/tags/v1");
    fetch("fetch all or nothing", "fetch", "--atomic", "URL", "+refs/heads/*:refs/there/*");
    fetch("fetch a branch that is not there", "fetch", "URL", "nothing");
    fetch("fetch a commit that nobody has", "fetch", "URL", STRANGER);
    is(
        "fetch the commit of a branch",
        git -> {
          git.in("reader");
          git.git("fetch", git.url(), "topic");
          git.git("rev-parse", "FETCH_HEAD").look();
        });
    is(
        "fetch nothing new",
        git -> {
          git.nowhere("reader").silent("clone", "-q", git.url(), ".");
          git.git("fetch").look();
        });
  }

  private void listings() {
    fetch("list", "ls-remote", "URL");
    fetch("list branches", "ls-remote", "--heads", "URL");
    fetch("list tags", "ls-remote", "--tags", "URL", "v*");
    fetch("list where HEAD points", "ls-remote", "--symref", "URL", "HEAD");
    fetch("list what is not there", "ls-remote", "--exit-code", "URL", "nothing");
    is(
        "show a remote",
        git ->
            git.in("reader")
                .silent("remote", "add", "origin", git.url())
                .git("remote", "show", "origin"));
  }

  private void mistakesOfReaders() {
    is(
        "clone with a wrong password",
        git ->
            git.nowhere("reader").git("clone", git.url().replaceFirst(":[^:@]*@", ":wrong@"), "."));
    is(
        "clone as a user that is not there",
        git ->
            git.nowhere("reader")
                .git("clone", git.url().replaceFirst("//[^:]*:", "//nobody:"), "."));
    is(
        "clone without a password",
        git -> git.nowhere("reader").git("clone", git.url().replaceFirst("//.*@", "//"), "."));
    is(
        "clone what is not there",
        git -> git.nowhere("reader").git("clone", git.url() + "-not-there", "."));
  }

  private void push(String name, String... command) {
    is(name, git -> git.in("author").git(command(git, command)).look());
  }

  private void pushNew(String name, String... command) {
    is(name, git -> git.in("author").commit("d.txt", "d\n").git(command(git, command)).look());
  }

  private void branches() {
    pushNew("push", "push", "URL", "main");
    pushNew("push a branch that is new", "push", "URL", "main:refs/heads/other");
    pushNew("push HEAD", "push", "URL", "HEAD:refs/heads/other");
    pushNew("push a commit by its name", "push", "URL", "main^{commit}:refs/heads/other");
    pushNew("push all branches", "push", "--all", "URL");
    pushNew("push in words for programs", "push", "--porcelain", "URL", "main", "topic");
    pushNew("push only to see", "push", "--dry-run", "URL", "main");
    push("push nothing new", "push", "URL", "main");
  }

  private void tags() {
    is(
        "push a light tag",
        git -> git.in("author").silent("tag", "new").git("push", git.url(), "new").look());
    is(
        "push a tag with words",
        git ->
            git.in("author")
                .silent("tag", "-a", "new", "-m", "new")
                .git("push", git.url(), "new")
                .look());
    is("push all tags", git -> git.in("author").tags(20).git("push", git.url(), "--tags").look());
    is(
        "push many tags",
        git -> git.in("author").tags(MANY).git("push", "-q", git.url(), "--tags").look());
    is(
        "push what tags follow",
        git ->
            git.in("author")
                .commit("d.txt", "d\n")
                .silent("tag", "-a", "new", "-m", "new")
                .git("push", "--follow-tags", git.url(), "main")
                .look());
    is(
        "move a tag",
        git ->
            git.in("author").silent("tag", "-f", "light").git("push", git.url(), "light").look());
    is(
        "move a tag by force",
        git ->
            git.in("author")
                .silent("tag", "-f", "light")
                .git("push", "-f", git.url(), "light")
                .look());
  }

  /** Takes the topic back by a commit and adds another. */
  private static GitSession divergeTopic(GitSession git) throws Exception {
    return git.in("author")
        .silent("checkout", "-q", "topic")
        .silent("reset", "-q", "--hard", "HEAD~1")
        .commit("other.txt", "other\n")
        .silent("checkout", "-q", "main");
  }

  private void diverged(String name, String... command) {
    is(name, git -> divergeTopic(git).commit("d.txt", "d\n").git(command(git, command)).look());
  }

  private void severalAtOnce() {
    pushNew("all or nothing", "push", "--atomic", "URL", "main", "main:refs/heads/other");
    diverged("all or nothing, and one is behind", "push", "--atomic", "URL", "main", "topic");
    diverged("several, and one is behind", "push", "URL", "main", "topic");
    pushNew("one new and one gone", "push", "URL", "main:refs/heads/other", ":topic");
    pushNew("all, and those that are not here go", "push", "--prune", "URL", "refs/tags/*");
  }

  private void force() {
    diverged("what is behind", "push", "URL", "topic");
    diverged("what is behind, by force", "push", "--force", "URL", "topic");
    diverged("what is behind, by a plus", "push", "URL", "+topic");
    diverged(
        "by force if it is as thought", "push", "--force-with-lease=topic:main~1", "URL", "topic");
    diverged(
        "by force if it is as thought, and it is not",
        "push",
        "--force-with-lease=topic:" + STRANGER,
        "URL",
        "topic");
    is(
        "another history, by force",
        git ->
            git.in("author")
                .silent("checkout", "-q", "--orphan", "strange")
                .commit("d.txt", "d\n")
                .git("push", "--force", git.url(), "strange:topic")
                .look());
  }

  private void deletions() {
    push("delete a branch", "push", "URL", ":topic");
    push("delete a branch by its option", "push", "URL", "--delete", "topic");
    push("delete a tag", "push", "URL", ":refs/tags/v1");
    push("delete two", "push", "URL", ":topic", ":refs/tags/light");
    push("delete what is not there", "push", "URL", ":refs/heads/nothing");
  }

  private void waysOfSending() {
    pushNew("push without deltas to what is there", "push", "--no-thin", "URL", "main");
    pushNew("push signed if the server wants", "push", "--signed=if-asked", "URL", "main");
    pushNew("push and then no more words", "push", "-q", "URL", "main");
    pushNew("push over HTTP 1.1 only", "-c", "http.version=HTTP/1.1", "push", "URL", "main");
    is(
        "push in chunks",
        git ->
            git.in("author")
                .commit("noise.txt", GitConformanceTest.noise(700_000))
                .git("-c", "http.postBuffer=65536", "push", git.url(), "main")
                .look());
    is(
        "push many commits",
        git -> git.in("author").commits(300).git("push", git.url(), "main").look());
    is(
        "push from a shallow clone",
        git -> {
          git.nowhere("reader").silent("clone", "-q", "--depth", "1", git.url(), ".");
          git.commit("d.txt", "d\n").git("push", git.url(), "main").look();
        });
    is(
        "push from a clone of one branch",
        git -> {
          git.nowhere("reader").silent("clone", "-q", "--single-branch", git.url(), ".");
          git.commit("d.txt", "d\n").git("push", git.url(), "main").look();
        });
  }

  private void mistakesOfWriters() {
    pushNew("push with an option", "push", "-o", "option", "URL", "main");
    push("push what is not here", "push", "URL", "nothing");
    is(
        "push with a wrong password",
        git ->
            git.in("author")
                .commit("d.txt", "d\n")
                .git("push", git.url().replaceFirst(":[^:@]*@", ":wrong@"), "main")
                .look());
    is(
        "push without a password",
        git ->
            git.in("author")
                .commit("d.txt", "d\n")
                .git("push", git.url().replaceFirst("//.*@", "//"), "main")
                .look());
    is(
        "push to a name that no branch may have",
        git -> git.in("author").git("push", git.url(), "main:refs/heads/a..b"));
    is(
        "push upon what others pushed meanwhile",
        git -> {
          git.nowhere("reader").silent("clone", "-q", git.url(), ".");
          git.in("author").commit("d.txt", "d\n").silent("push", "-q", git.url(), "main");
          git.in("reader").commit("e.txt", "e\n").git("push", git.url(), "main").look();
        });
  }
}
