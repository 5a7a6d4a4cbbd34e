package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.configuration.FunctionConfiguration.Build;
import lmnop.controlplane.configuration.FunctionConfiguration.Build.Included;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code build} in a function.yml means, of a commit with some files. */
final class BuildSectionTest {
  private static final Set<String> FOLDERS = Set.of("cart", "cart/app", "common", "cart/app/taken");

  /** The commit: {@code common}, {@code common/x.py} and a function in {@code cart}. */
  private static final Source COMMIT =
      new Source() {
        @Override
        public Optional<String> folder(String path) {
          return FOLDERS.contains(path) ? Optional.of("tree") : Optional.empty();
        }

        @Override
        public Optional<String> named(String path) {
          return path.equals("common/x.py") || path.equals("taken")
              ? Optional.of("")
              : folder(path);
        }

        @Override
        public Optional<byte[]> file(String path) {
          return Optional.empty();
        }
      };

  private static FunctionConfiguration parse(String yaml) throws InvalidConfiguration, IOException {
    return FunctionFile.parse(
        "cart/function.yml",
        "cart",
        ("template: python3\n" + yaml).getBytes(StandardCharsets.UTF_8),
        Set.of("python3"),
        AllFolders.ANY_SECRET,
        COMMIT);
  }

  private static @Nullable Build build(String yaml) throws InvalidConfiguration, IOException {
    return parse(yaml).build();
  }

  @Test
  void aFunctionIsBuiltFromItsFolderWhereNothingIsSaid() throws Exception {
    assertThat(build("")).isNull();
    assertThat(build("build: {}")).isEqualTo(new Build("cart", List.of()));
  }

  @Test
  void theFolderIsBelowTheFiles() throws Exception {
    assertThat(build("build:\n  root: ./app/")).isEqualTo(new Build("cart/app", List.of()));
  }

  @Test
  void whatIsIncludedIsNamedFromTheTop() throws Exception {
    FunctionConfiguration read =
        parse("build:\n  root: app\n  include: [./common/x.py, {from: common, to: lib/all}]");
    assertThat(read.build())
        .isEqualTo(
            new Build(
                "cart/app",
                List.of(
                    new Included("common/x.py", "common/x.py"),
                    new Included("common", "lib/all"))));
    assertThat(FunctionConfiguration.fromJson(read.toJson())).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "root: ap            | `build.root` is 'ap', and this commit has no such folder",
        "root: /app          | it is absolute: write it from this file's folder on, as app",
        "root: ../common     | it leads upwards",
        "include: common     | `build.include` is a list",
        "include: [none]     | `build.include` is 'none', and this commit has no such file",
        "include: [.]        | it is the whole repository",
        "include: [../x]     | it leads upwards: write it from the top of the repository on",
        "include: [common, common/x.py] | puts 'common' and 'common/x.py' into each other's place",
        "include: [common/x.py, ./common] | puts 'common/x.py' and 'common' into each other's place",
        "include: [{to: x}]  | `build.include.from` is missing",
        "include: [{from: common, to: ../x}] | it leads upwards: write it from there on",
        "include: [{from: common, to: .}] | it is the whole folder",
        "include: [{from: common, into: x}] | `build.include.into`",
        "'root: app\n  include: [taken]' | is 'taken', and the function has that already",
        "roots: app          | `build.roots`"
      })
  void whatIsWrongIsSaidWithItsPlace(String yaml, String expected) {
    InvalidConfiguration failure =
        catchThrowableOfType(InvalidConfiguration.class, () -> parse("build:\n  " + yaml));
    assertThat(Objects.requireNonNull(failure).lines())
        .singleElement()
        .asString()
        .startsWith("cart/function.yml:")
        .contains(expected);
  }
}
