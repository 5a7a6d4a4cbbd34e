package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import lmnop.controlplane.configuration.FunctionConfiguration.Preview;
import lmnop.registry.table.RoutePolicy.Access;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code preview} in a function.yml means. */
final class PreviewSectionTest {
  private static FunctionConfiguration parse(String yaml) throws InvalidConfiguration, IOException {
    return FunctionFile.parse(
        FunctionFile.NAME,
        "hello",
        ("template: python3\n" + yaml).getBytes(StandardCharsets.UTF_8),
        Set.of("python3"),
        AllFolders.ANY_SECRET,
        AllFolders.INSTANCE);
  }

  @Test
  void nothingIsPreviewedWithoutIt() throws Exception {
    assertThat(parse("").isPreviewed("feature")).isFalse();
  }

  @Test
  void everyBranchIsPreviewedWhereNoneIsNamed() throws Exception {
    FunctionConfiguration read = parse("preview: {}");
    assertThat(read.preview()).isEqualTo(new Preview(List.of("*"), null, Access.TOKEN, List.of()));
    assertThat(read.isPreviewed("any/branch")).isTrue();
    assertThat(FunctionConfiguration.fromJson(read.toJson())).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource({
    "feature/*, feature/one, true",
    "feature/*, feature/one/two, true",
    "feature/*, feature, false",
    "feature/*, my-feature/one, false",
    "*-preview, a-preview, true",
    "*-preview, a-preview-, false",
    "a*b*c, a-b-b-c, true",
    "a*b*c, a-b-b, false",
    "exact, exact, true",
    "exact, exactly, false",
    "a.c, abc, false",
    "*, ünïcode, true",
  })
  void aStarStandsForAnything(String pattern, String branch, boolean previewed) throws Exception {
    assertThat(parse("preview: {branches: [\"" + pattern + "\"]}").isPreviewed(branch))
        .isEqualTo(previewed);
  }

  @Test
  void anEmptyListNamesNoBranch() throws Exception {
    assertThat(parse("preview: {branches: []}").isPreviewed("feature")).isFalse();
  }

  @Test
  void aPatternOfManyStarsIsDecidedAtOnce() throws Exception {
    String pattern = "*a".repeat(100);
    assertThat(parse("preview: {branches: [\"" + pattern + "\"]}").isPreviewed("a".repeat(99)))
        .isFalse();
  }

  @Test
  void aPreviewRunsWithoutSecretsAndBehindAToken() throws Exception {
    FunctionConfiguration preview =
        parse(
                """
                secrets: [database-password, mail-key]
                scale: {min: 3, max: 5}
                environment: {GREETING: hello}
                preview: {secrets: [mail-key], lifetime: 48h}
                """)
            .asPreview();
    assertThat(preview.secrets()).containsExactly("mail-key");
    assertThat(preview.policy().access()).isEqualTo(Access.TOKEN);
    assertThat(preview.scale().min()).isEqualTo(1);
    assertThat(preview.scale().max()).isEqualTo(5);
    assertThat(preview.environment()).containsEntry("GREETING", "hello");
    assertThat(Objects.requireNonNull(preview.preview()).lifetime()).isEqualTo(Duration.ofDays(2));
  }

  @ParameterizedTest
  @CsvSource({
    "public, '', TOKEN",
    "token, '', TOKEN",
    "internal, '', INTERNAL",
    "public, public, PUBLIC",
    "internal, token, TOKEN",
    "public, internal, INTERNAL",
  })
  void aPreviewIsOpenedFurtherOnlyInWords(String own, String said, Access access) throws Exception {
    String section = said.isEmpty() ? "{}" : "{access: " + said + "}";
    FunctionConfiguration read = parse("access: " + own + "\npreview: " + section);
    assertThat(read.asPreview().policy().access()).isEqualTo(access);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          preview: true                         | `preview` has the keys branches, lifetime, access, secrets
          preview: {branchs: [a]}               | `preview.branchs` is not a key; did you mean `branches`?
          preview: {branches: a}                | `preview.branches` is a list
          preview: {branches: [a b]}            | `preview.branches` is 'a b'; write a branch's name
          preview: {lifetime: 10s}              | `preview.lifetime` is 10s; allowed are 1m to 8760h
          preview: {access: nobody}             | `preview.access` is 'nobody'; write public, token or internal
          preview: {secrets: [mail-key]}        | `preview.secrets` is 'mail-key'; `secrets` does not have it
          """)
  void saysWhatIsWrong(String yaml, String words) {
    InvalidConfiguration failure =
        catchThrowableOfType(InvalidConfiguration.class, () -> parse(yaml));
    assertThat(failure.lines()).singleElement().asString().contains(words);
  }
}
