package lmnop.standalone.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lmnop.standalone.data.DataDirectory;
import lmnop.standalone.data.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreconditionsTest {
  @TempDir Path folder;

  @Test
  void findsNothingWrongHere() throws Exception {
    Options options = Options.parse(List.of("up", "--data", folder.resolve("data").toString()));

    assertThat(Preconditions.problem(options)).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesADataDirectoryBelowAFile() throws Exception {
    Path file = Files.createFile(folder.resolve("notes"));

    assertThat(Preconditions.writable(new DataDirectory(file.resolve("data"))))
        .hasValueSatisfying(words ->
            assertThat(words)
                .contains("notes/data cannot be made, because")
                .contains("notes is a file")
                .contains("--data DIR"));
  }

  @Test
  void refusesADataDirectoryThatCannotBeWritten() {
    // nobody writes there, root neither
    assertThat(Preconditions.writable(new DataDirectory(Path.of("/proc/lmnop"))))
        .hasValueSatisfying(
            words -> assertThat(words).contains("because /proc is not writable for you"));
    assertThat(Preconditions.writable(new DataDirectory(Path.of("/proc"))))
        .hasValueSatisfying(
            words -> assertThat(words).contains("/proc is not writable for you: choose another"));
  }

  @Test
  void refusesADiskThatIsTooFull() {
    assertThat(Preconditions.disk(new DataDirectory(folder.resolve("a/b")), Long.MAX_VALUE))
        .hasValueSatisfying(words ->
            assertThat(words)
                .contains("MB of disk left")
                .contains("make room, or choose another disk with --data DIR"));
    assertThat(Preconditions.disk(new DataDirectory(folder), 1)).isEmpty();
  }

  @Test
  void refusesAnAddressThatIsNotOfThisMachine() throws Exception {
    Options options = Options.parse(List.of("up", "--listen", "192.0.2.1", "--port", "31700"));

    assertThat(Preconditions.portsTaken(options).getFirst())
        .isEqualTo(
            "192.0.2.1 is no address of this machine that port 31700 can be opened on:"
                + " choose another one with --listen HOST.");
  }
}
