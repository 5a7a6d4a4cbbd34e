package lmnop.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script with JDKs that only say who they are. */
final class LauncherTest {
  @TempDir Path folder;
  private Path jdks;
  private Path programs;

  private record Run(int code, String output) {}

  @BeforeEach
  void copyTheLauncher() throws IOException {
    Files.copy(
        Path.of("..", "lmnop"),
        folder.resolve("lmnop"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    jdks = Files.createDirectory(folder.resolve("jdks"));
    programs = Files.createDirectory(folder.resolve("programs"));
  }

  @Test
  void takesTheVersionThatItIsTestedWithBeforeANewerOne() throws Exception {
    jdk("17.0.15");
    jdk("26.0.1");
    jdk("25.0.3");

    assertThat(doctor().output()).startsWith("JDK 25.0.3 runs");
  }

  @Test
  void takesANewerVersionWhereThereIsNoOther() throws Exception {
    jdk("17.0.15");
    jdk("26.0.1");
    jdk("27");

    assertThat(doctor().output()).startsWith("JDK 27 runs");
  }

  @Test
  void findsAJdkEvenIfAnOlderJavaComesFirstOnThePath() throws Exception {
    Files.createSymbolicLink(programs.resolve("java"), jdk("17.0.15").resolve("bin/java"));
    jdk("25.0.3");

    assertThat(doctor().output()).startsWith("JDK 25.0.3 runs");
  }

  @Test
  void findsAJdkThatIsOnThePathOnly() throws Exception {
    Path elsewhere = jdk("25.0.9", folder.resolve("somewhere else"));
    Files.createSymbolicLink(programs.resolve("java"), elsewhere.resolve("bin/java"));

    assertThat(doctor().output()).startsWith("JDK 25.0.9 runs");
  }

  @Test
  void obeysTheVariableOfItsOwnAndThenJavaHome() throws Exception {
    Path own = jdk("26.0.1");
    Path javaHome = jdk("25.0.3");
    Path old = jdk("17.0.15");

    assertThat(doctor("LMNOP_JAVA_HOME=" + own, "JAVA_HOME=" + javaHome).output())
        .startsWith("JDK 26.0.1 runs");
    assertThat(doctor("JAVA_HOME=" + own).output()).startsWith("JDK 26.0.1 runs");
    assertThat(doctor("JAVA_HOME=" + old).output()).startsWith("JDK 25.0.3 runs");

    Run refused = doctor("LMNOP_JAVA_HOME=" + old);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.output())
        .isEqualTo(
            "LMNOP_JAVA_HOME=%s is no JDK 25 or newer: set it to one, or unset it.\n"
                .formatted(old));
  }

  @Test
  void asksAJdkThatHasNoReleaseFile() throws Exception {
    Files.delete(jdk("25.0.3").resolve("release"));

    assertThat(doctor().output()).startsWith("JDK 25.0.3 runs");
  }

  @Test
  void takesNoRuntimeWithoutACompiler() throws Exception {
    Files.delete(jdk("25.0.3").resolve("bin/javac"));

    assertThat(doctor().code()).isEqualTo(1);
  }

  @Test
  void saysWhatToInstallWhereThereIsNoJdk() throws Exception {
    jdk("17.0.15");

    Run run = doctor();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines()).hasSize(1);
    assertThat(run.output()).contains("needs a JDK 25 or newer and found none: install one");
  }

  @Test
  void saysWhatToInstallWhereMavenIsMissing() throws Exception {
    jdk("25.0.3");

    Run run = run(List.of(), "build");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .isEqualTo(
            "mvn is missing, and lmnop needs it to build: install it (Debian: apt install maven).\n");
  }

  @Test
  void namesTheFileWithMavensWordsWhenABuildFails() throws Exception {
    jdk("25.0.3");
    program("mvn", "echo '[ERROR] it does not compile'; exit 1");

    Run run = run(List.of(), "build");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .contains("[ERROR] it does not compile")
        .contains(
            "could not be built; everything that Maven said is in " + folder + "/target/build.log");
  }

  @Test
  void buildsAgainOnlyWhatChanged() throws Exception {
    jdk("25.0.3");
    program("git", "exit 0");
    program("python3", "exit 0");
    String sources = "core control-plane provider builder-worker router standalone";
    for (String module : sources.split(" ")) {
      Files.createDirectories(folder.resolve(module).resolve("src/main/java"));
    }
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
    Path source = Files.writeString(folder.resolve("router/src/main/java/Edge.java"), "class");
    program(
        "mvn",
        """
        sleep 0.05 # Maven makes its folders after it was started
        for app in %s; do
          mkdir -p "$app/target/app"; touch "$app/target/app/$app.jar"
        done
        """
            .formatted(sources));
    assertThat(run(List.of(), "up").output()).contains("Building lmnop");
    assertThat(run(List.of(), "up").output()).doesNotContain("Building lmnop");
    Files.delete(source);
    assertThat(run(List.of(), "up").output()).contains("Building lmnop");
    assertThat(run(List.of(), "up").output()).doesNotContain("Building lmnop");
    Files.writeString(source, "class Edge");
    assertThat(run(List.of(), "up").output()).contains("Building lmnop");
  }

  @Test
  void givesBackMavensExitCodeFromTheTests() throws Exception {
    jdk("25.0.3");
    program("mvn", "echo \"$1 on $JAVA_HOME\"; exit 3");
    program("git", "exit 0");
    program("python3", "exit 0");

    Run run = run(List.of(), "test");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.output()).isEqualTo("verify on " + jdks.resolve("25.0.3") + "\n");
  }

  @Test
  void saysAgainAtTheEndWhichTestsFailed() throws Exception {
    jdk("25.0.3");
    Files.createDirectories(folder.resolve("router/target/surefire-reports"));
    program(
        "mvn",
        """
        echo "much else"
        echo "Tests run: 2, Failures: 0, Errors: 1 <<< FAILURE! -- in lmnop.ATest
        lmnop.ATest.failed -- Time elapsed: 1 s <<< ERROR!
        java.io.IOException: the reason
        " >router/target/surefire-reports/lmnop.ATest.txt
        exit 1\
        """);
    program("git", "exit 0");
    program("python3", "exit 0");

    Run run = run(List.of(), "test");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .endsWith(
            "much else\nlmnop.ATest.failed -- Time elapsed: 1 s <<< ERROR!\njava.io.IOException: the reason\n\n");
  }

  @Test
  void refusesACommandThatItDoesNotKnow() throws Exception {
    Run run = run(List.of(), "dwon");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output())
        .isEqualTo("'dwon' is no command of lmnop: ./lmnop --help lists them.\n");
  }

  @Test
  void printsTheWholeManualWithoutAnyJdk() throws Exception {
    Run run = run(List.of(), "--help");

    assertThat(run.code()).isZero();
    assertThat(run.output())
        .contains("./lmnop up", "demo [--exit]", "doctor", "build", "test", "bench")
        .contains("--data DIR", "--port N", "--listen HOST", "--trust-functions", "--verbose");
  }

  private Path jdk(String version) throws IOException {
    return jdk(version, jdks.resolve(version));
  }

  /** A folder that looks like a JDK; its java says its version and what it is to run. */
  private Path jdk(String version, Path place) throws IOException {
    Files.createDirectories(place.resolve("bin"));
    Files.writeString(place.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(
        place.resolve("bin/java"),
        """
        if [ "$1" = -version ]; then echo 'openjdk version "%1$s" 2026-01-01' >&2; exit 0; fi
        echo "JDK %1$s runs $*"
        """
            .formatted(version));
    script(place.resolve("bin/javac"), "");
    return place;
  }

  private void program(String name, String text) throws IOException {
    script(programs.resolve(name), text);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Run doctor(String... environment) throws Exception {
    return run(List.of(environment), "doctor");
  }

  /** Runs the launcher with the usual tools of a shell, but no Java, Maven, git or Python. */
  private Run run(List<String> environment, String command) throws Exception {
    Path tools = folder.resolve("tools");
    if (!Files.exists(tools)) {
      Files.createDirectory(tools);
      for (String tool :
          "bash dirname sed head tr readlink cat touch mkdir find grep tee mv sleep".split(" ")) {
        Files.createSymbolicLink(tools.resolve(tool), where(tool));
      }
    }
    List<String> whole = new ArrayList<>(List.of("env", "-i", "PATH=" + programs + ":" + tools));
    whole.add("LMNOP_JDK_PLACES=" + String.join(":", places()));
    whole.addAll(environment);
    whole.addAll(List.of(folder.resolve("lmnop").toString(), command));
    Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  private List<String> places() throws IOException {
    try (var folders = Files.list(jdks)) {
      List<String> places = folders.map(Path::toString).sorted().toList();
      return places.isEmpty() ? List.of("/nonexistent") : places;
    }
  }

  private static Path where(String tool) {
    return List.of(Path.of("/usr/bin", tool), Path.of("/bin", tool)).stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }
}
