package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.browser.Chromium;
import lmnop.testkit.browser.Tab;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What somebody does who meets the platform for the first time, in a real browser and with real
 * git: from signing in to a function that is gone again. Pictures are kept in {@code
 * target/portal}.
 */
@RequiresTool({Chromium.PROGRAM, "git", "python3", "bash"})
@SuppressWarnings("NullAway.Init")
@Timeout(240)
final class PortalWalkTest {
  private static final Path PICTURES = Path.of("target", "portal");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String FUNCTION = "functions/default/hello";
  private static final String PUSH = "git commit -qam 'Another one' && git push origin main";

  private static PlatformUnderTest it;
  private static Chromium chromium;
  private static Tab tab;

  @BeforeAll
  static void start() throws IOException {
    it = PlatformUnderTest.start();
    chromium = Chromium.start(it.scratch.resolve("browser"));
    tab = chromium.tab();
    tab.look(1280, 800, false);
  }

  @AfterAll
  static void stopLeavesNothingBehind() throws Exception {
    chromium.close();
    it.close();
  }

  @Test
  void fromSigningInToAFunctionThatIsGoneAgain() throws Exception {
    signIn();
    firstSteps();
    open("It works");
    scale();
    readLogs();
    addASecretAndUseIt();
    open("It changed");
    rollBack();
    delete();
    assertThat(tab.complaints()).isEmpty();
    await().atMost(SOON).until(() -> it.number("SELECT count(*) FROM deletions") == 0);
    it.assertNothingIsLeftOf("hello");
  }

  private static void signIn() throws IOException {
    go("builds").awaitWords("Sign in");
    tab.type("[name=user]", "admin").type("[name=password]", "wrong").follow("main button");
    tab.awaitWords("The name or the password is wrong.");
    picture("sign-in");
    tab.forgive(); // a browser complains of the refusal
    String password = Files.readString(it.platform.passwordFile()).strip();
    tab.type("[name=user]", "admin").type("[name=password]", password).follow("main button");
    tab.awaitWords("Nothing was built yet");
  }

  /** The commands of the page are those that are run. */
  private static void firstSteps() throws Exception {
    go("").awaitWords("There is no function yet");
    picture("functions-empty");
    tab.follow("a[href='/first-steps']").awaitWords("A function in five lines");
    picture("first-steps");
    String commands = tab.eval("document.querySelector('pre code').textContent").asString();
    assertThat(commands).contains("git push " + it.platform.portal() + "scm/hello main");
    Process push = shell(it.scratch, commands);
    watchTheBuild();
    assertThat(output(push)).contains("hello.apps.localhost", "CUTOVER");
  }

  /** It is looked at while it runs; the page follows by itself to the end. */
  private static void watchTheBuild() throws IOException {
    go("builds").await("document.querySelector('tbody th a')");
    tab.follow("tbody th a").await("document.querySelector('.log .line')");
    picture("build-running");
    tab.await("document.querySelector('h1 .state.live')").awaitWords("CUTOVER");
    picture("build-live");
  }

  private static void open(String words) throws IOException {
    go(FUNCTION).follow("dl a[href*='hello.apps.localhost']").awaitWords(words);
  }

  private static void scale() throws IOException {
    go(FUNCTION).type("[action$='/scale'] [name=instances]", "2");
    tab.follow("[action$='/scale'] button");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(go(FUNCTION).text()).contains("2 of 2 ready"));
    picture("function");
  }

  private static void readLogs() throws IOException {
    go(FUNCTION).follow("a[href$='/hello/logs']").await("document.querySelector('#log')");
    tab.awaitWords("Lines that come are added");
    picture("logs");
  }

  private static void addASecretAndUseIt() throws Exception {
    go("owners/default/secrets").type("[name=name]", "greeting").type("[name=value]", "canary-77");
    tab.follow("[action='/owners/default/secrets'] button").awaitWords("greeting");
    assertThat(tab.text()).doesNotContain("canary-77");
    Path tree = it.scratch.resolve("hello");
    Files.writeString(tree.resolve("function.yml"), "template: static\nsecrets: [greeting]\n");
    Files.writeString(tree.resolve("public/index.html"), "<h1>It changed</h1>\n");
    Process push =
        shell(tree, "git remote add origin " + it.platform.portal() + "scm/hello\n" + PUSH);
    assertThat(output(push)).contains("CUTOVER");
    go("owners/default/secrets").awaitWords("hello");
    picture("secrets");
  }

  private static void rollBack() throws IOException {
    go(FUNCTION).follow("[action$='/rollback'] button");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(go(FUNCTION).text()).contains("revision 1"));
    open("It works");
  }

  private static void delete() throws IOException {
    go(FUNCTION).type("[name=typed]", "hallo").follow("button.danger");
    tab.awaitWords("'hallo' was typed, expected 'hello'");
    tab.forgive(); // a browser complains of the refusal
    go(FUNCTION).type("[name=typed]", "hello").follow("button.danger");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(go("").text()).contains("There is no function yet"));
  }

  private static Tab go(String path) {
    return tab.go(it.platform.portal().resolve("/" + path));
  }

  private static void picture(String name) throws IOException {
    tab.picture(PICTURES.resolve(name + "-light.png"));
    tab.look(1280, 800, true).picture(PICTURES.resolve(name + "-dark.png"));
    tab.look(1280, 800, false);
  }

  /** What somebody types into a shell who has told git a name and a password. */
  private static Process shell(Path folder, String commands) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euc", commands)
            .directory(folder.toFile())
            .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("GIT_"));
    environment.putAll(
        Map.of(
            "GIT_CONFIG_GLOBAL", "/dev/null",
            "GIT_CONFIG_NOSYSTEM", "1",
            "GIT_TERMINAL_PROMPT", "0",
            "GIT_CONFIG_COUNT", "3",
            "GIT_CONFIG_KEY_0", "user.name",
            "GIT_CONFIG_VALUE_0", "nobody",
            "GIT_CONFIG_KEY_1", "user.email",
            "GIT_CONFIG_VALUE_1", "nobody@example.com",
            "GIT_CONFIG_KEY_2", "credential.helper"));
    environment.put(
        "GIT_CONFIG_VALUE_2",
        "!f() { echo username=admin; echo \"password=$(cat '%s')\"; }; f"
            .formatted(it.platform.passwordFile()));
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  private static String output(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0)
        .as(output)
        .isTrue();
    return output;
  }
}
