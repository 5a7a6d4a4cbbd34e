package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Reads files as {@code function.yml}. */
final class FunctionFiles {
  private static final Set<String> TEMPLATES = Set.of("python3", "static");

  private FunctionFiles() {}

  static FunctionConfiguration parse(String yaml) {
    try {
      return FunctionFile.parse(
          FunctionFile.NAME,
          "hello",
          yaml.getBytes(StandardCharsets.UTF_8),
          TEMPLATES,
          AllFolders.ANY_SECRET,
          AllFolders.INSTANCE);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e.lines().toString(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> problems(byte[] content) {
    InvalidConfiguration failure =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () ->
                FunctionFile.parse(
                    FunctionFile.NAME,
                    "hello",
                    content,
                    TEMPLATES,
                    AllFolders.ANY_SECRET,
                    AllFolders.INSTANCE));
    return Objects.requireNonNull(failure, "nothing was wrong").lines();
  }

  static List<String> problems(String yaml) {
    return problems(yaml.getBytes(StandardCharsets.UTF_8));
  }

  /** The problem of a file that has exactly one, besides its template. */
  static String problem(String yaml) {
    List<String> all = problems("template: python3\n" + yaml);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }
}
