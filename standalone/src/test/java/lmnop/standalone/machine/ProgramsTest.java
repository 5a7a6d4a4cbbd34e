package lmnop.standalone.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgramsTest {
  @TempDir Path folder;

  @Test
  void findsProgramsInTheOrderOfThePathAndNothingElse() throws Exception {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Files.createFile(first.resolve("notes")); // not executable
    Files.createDirectory(first.resolve("tool")); // a folder
    Files.createFile(second.resolve("tool")).toFile().setExecutable(true);

    Programs programs = new Programs(first + ":" + second);

    assertThat(programs.find("tool")).hasValue(second.resolve("tool"));
    assertThat(programs.find("notes")).isEmpty();
  }

  @Test
  void triesACommandWithoutShowingWhatItPrints() {
    Programs programs = Programs.ofThisMachine();

    assertThat(programs.runs("true")).isTrue();
    assertThat(programs.runs("false")).isFalse();
    assertThat(programs.runs("no-such-program-here")).isFalse();
  }
}
