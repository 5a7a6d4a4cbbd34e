package lmnop.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RotatingLogTest {
  @TempDir Path folder;

  @Test
  void staysBoundedAndKeepsTheNewestLines() throws Exception {
    Path file = folder.resolve("app.log");
    try (RotatingLog log = new RotatingLog(file, 1000)) {
      for (int i = 0; i < 500; i++) {
        log.line("line " + i);
      }
      assertThat(log.last()).hasSize(20).last().isEqualTo("line 499");
    }

    assertThat(Files.size(file)).isLessThan(1100);
    assertThat(Files.size(folder.resolve("app.log.1"))).isLessThan(1100);
    assertThat(Files.readAllLines(file)).last().isEqualTo("line 499");
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void goesOnWhereThePreviousStartEnded() throws Exception {
    Path file = folder.resolve("app.log");
    try (RotatingLog log = new RotatingLog(file, 1000)) {
      log.line("first start");
    }
    try (RotatingLog log = new RotatingLog(file, 1000)) {
      log.line("second start");
    }

    assertThat(Files.readAllLines(file)).containsExactly("first start", "second start");
  }

  @Test
  void countsWhatItCannotWriteInsteadOfFailing() throws Exception {
    RotatingLog log = new RotatingLog(Path.of("/dev/full"), Long.MAX_VALUE);

    log.line("no room");

    assertThat(log.lost()).isEqualTo(1);
    assertThat(log.last()).containsExactly("no room");
  }

  /** A folder in the way of the new file is to a log what a full disk is. */
  @Test
  void goesOnOnceThereIsRoomForANewFileAgain() throws Exception {
    Path file = folder.resolve("app.log");
    Path inTheWay = Files.createDirectory(folder.resolve("app.log.new"));
    try (RotatingLog log = new RotatingLog(file, 100)) {
      for (int i = 0; i < 20; i++) {
        log.line("line " + i);
      }
      assertThat(log.lost()).isPositive();
      Files.delete(inTheWay);
      log.line("there is room again");
    }

    assertThat(Files.readAllLines(file)).containsExactly("there is room again");
    assertThat(Files.readAllLines(folder.resolve("app.log.1"))).first().isEqualTo("line 0");
  }
}
