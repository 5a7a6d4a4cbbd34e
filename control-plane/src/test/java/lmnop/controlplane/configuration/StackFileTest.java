package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StackFileTest {
  private static final Set<String> TEMPLATES = Set.of("python3", "static");
  private static final String FUNCTIONS = "version: 1.0\nprovider:\n  name: openfaas\nfunctions:\n";
  private static final String CART = "  cart:\n    lang: python3\n    handler: ./cart\n";

  private final Map<String, String> files = new HashMap<>();
  private final Set<String> named = new HashSet<>();
  private final List<String> notes = new ArrayList<>();

  /** A commit with the folders cart, pay and shop/site. */
  private final Source source =
      new Source() {
        @Override
        public Optional<String> folder(String path) {
          return Set.of("", "cart", "pay", "shop", "shop/site").contains(path)
              ? Optional.of("tree of " + path)
              : Optional.empty();
        }

        @Override
        public Optional<String> named(String path) {
          return named.contains(path) ? Optional.of("what is in " + path) : Optional.empty();
        }

        @Override
        public Optional<byte[]> file(String path) {
          return Optional.ofNullable(files.get(path))
              .map(text -> text.getBytes(StandardCharsets.UTF_8));
        }
      };

  private List<ConfiguredFunction> parse(String yaml) {
    try {
      return StackFile.parse(
          yaml.getBytes(StandardCharsets.UTF_8),
          TEMPLATES,
          AllFolders.ANY_SECRET,
          source,
          notes::add);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e.lines().toString(), e);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> problems(String yaml) {
    InvalidConfiguration failure =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () ->
                StackFile.parse(
                    yaml.getBytes(StandardCharsets.UTF_8),
                    TEMPLATES,
                    AllFolders.ANY_SECRET,
                    source,
                    notes::add));
    return Objects.requireNonNull(failure, "nothing was wrong").lines();
  }

  @Test
  void aFileOfOpenFaasIsUnderstood() {
    List<ConfiguredFunction> read =
        parse(
            """
            version: 1.0
            provider:
              name: openfaas
              gateway: http://127.0.0.1:8080
            functions:
              cart:
                lang: python3
                handler: ./cart
                image: registry.example.com/cart:latest
                environment:
                  GREETING: hello
                secrets: [database-password]
                labels:
                  com.openfaas.scale.max: 5
                limits:
                  memory: 256Mi
                readonly_root_filesystem: true
              site:
                lang: static
                handler: shop/site/
            """);
    assertThat(read)
        .extracting(function -> function.name().value())
        .containsExactly("cart", "site");
    assertThat(read).extracting(ConfiguredFunction::root).containsExactly("cart", "shop/site");
    assertThat(read)
        .extracting(ConfiguredFunction::source)
        .containsExactly("tree of cart", "tree of shop/site");
    FunctionConfiguration cart = read.getFirst().configuration();
    assertThat(cart.template()).isEqualTo("python3");
    assertThat(cart.environment()).containsEntry("GREETING", "hello");
    assertThat(cart.secrets()).containsExactly("database-password");
    assertThat(cart.scale().max()).isEqualTo(5);
    assertThat(cart.limits().memoryMebibytes()).isEqualTo(256);
    assertThat(notes)
        .anyMatch(note -> note.contains("`provider.gateway` means nothing here"))
        .anyMatch(note -> note.contains("`image` means nothing here"))
        .hasSize(2);
  }

  @Test
  void aFunctionMayHaveAFileOfItsOwn() {
    files.put("cart/function.yml", "template: python3\ntimeout: 30s\n");
    List<ConfiguredFunction> read = parse("functions:\n  cart:\n    handler: cart\n");
    assertThat(read.getFirst().configuration().timeout().total()).hasSeconds(30);
  }

  @Test
  void whatBothFilesSayIsSaidTwice() {
    files.put("cart/function.yml", "template: python3\n");
    assertThat(problems(FUNCTIONS + CART + "    limits:\n      memory: 64Mi\n"))
        .containsExactly(
            "stack.yml:6:5: `functions.cart.lang` is for cart/function.yml to say, which is there"
                + " too: write it there, or remove that file",
            "stack.yml:8:5: `functions.cart.limits` is for cart/function.yml to say, which is there"
                + " too: write it there, or remove that file");
  }

  @Test
  void errorsOfAllFilesAreSaidAtOnce() {
    files.put("cart/function.yml", "template: cobol\nlimit: 1\n");
    assertThat(
            problems(
                """
                provider:
                  name: kubernetes
                functions:
                  cart:
                    handler: ./cart
                  pay:
                    lang: fortran
                    handler: ./pay
                    handlr: x
                    limits:
                      memory: lots
                """))
        .containsExactly(
            "cart/function.yml:1:11: there is no template 'cobol'; available are python3, static",
            "cart/function.yml:2:1: `limit` is not a key; did you mean `limits`?",
            "stack.yml:2:9: `provider.name` is 'kubernetes'; write openfaas",
            "stack.yml:7:11: there is no template 'fortran'; available are python3, static",
            "stack.yml:9:5: `functions.pay.handlr` is not a key; did you mean `handler`?",
            "stack.yml:11:15: `limits.memory` is 'lots'; write it as 128Mi or 1Gi");
  }

  @ParameterizedTest
  @CsvSource({
    "../.., it leads upwards",
    "cart/../pay, it leads upwards",
    "/etc, it is absolute",
    "a\\b, write a folder of this repository",
    "nowhere, no such folder; a link is none",
    "cart/main.py, no such folder; a link is none"
  })
  void aFolderThatIsNoneOfTheRepositorys(String handler, String words) {
    assertThat(problems("functions:\n  cart:\n    lang: python3\n    handler: " + handler + "\n"))
        .singleElement()
        .asString()
        .startsWith("stack.yml:4:14: `functions.cart.handler` is '")
        .contains(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fprocess",
        "environment_file",
        "constraints",
        "skip_build",
        "build_args",
        "build_options",
        "namespace",
        "platforms"
      })
  void whatIsKnownAndNotSupportedIsSaidInWords(String key) {
    assertThat(problems(FUNCTIONS + CART + "    " + key + ": x\n"))
        .containsExactly(
            "stack.yml:8:5: `functions.cart." + key + "` is not supported yet: remove it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"My_Cart", "a--b", "api", "-x", "../x"})
  void aNameThatMayNotBe(String name) {
    assertThat(problems("functions:\n  " + name + ":\n    lang: python3\n    handler: cart\n"))
        .singleElement()
        .asString()
        .startsWith("stack.yml:2:3: '" + name + "' is");
  }

  @Test
  void whatIsWrongBelowAWrongNameIsSaidWithTheName() {
    assertThat(problems("functions:\n  A_b:\n    lang: python3\n    handler: ../x\n"))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("stack.yml:4:14: `functions.A_b.handler` is '../x'");
  }

  @Test
  void aNameThatIsThereTwice() {
    assertThat(problems(FUNCTIONS + CART + CART))
        .containsExactly("stack.yml:8:3: `functions.cart` is there twice: remove one");
  }

  @Test
  void twoFunctionsMayShareAFolder() {
    assertThat(parse(FUNCTIONS + CART + CART.replace("cart:", "basket:")))
        .extracting(ConfiguredFunction::root)
        .containsExactly("cart", "cart");
  }

  @Test
  void theirNamesGiveTheOrder() {
    assertThat(parse(FUNCTIONS + CART + CART.replace("cart:", "basket:")))
        .extracting(function -> function.name().value())
        .containsExactly("basket", "cart");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "version: 1.0\n"})
  void aFileWithoutFunctions(String yaml) {
    assertThat(problems(yaml))
        .singleElement()
        .asString()
        .startsWith("stack.yml:1:1: `functions` is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"functions: {}", "functions: []", "functions: cart"})
  void functionsThatAreNone(String yaml) {
    assertThat(problems(yaml))
        .containsExactly(
            "stack.yml:1:12: `functions` has the functions' names as keys, at least one");
  }

  @Test
  void aFunctionWithoutAnything() {
    assertThat(problems("functions:\n  cart: {}\n"))
        .containsExactly(
            "stack.yml:2:3: `functions.cart.handler` is missing: write the folder that holds the"
                + " function, as ./cart",
            "stack.yml:2:3: `functions.cart.lang` is missing: write `lang: NAME` with one of"
                + " python3, static, or put a function.yml into its folder");
  }

  @Test
  void moreFunctionsThanOneRepositoryMayHold() {
    String many =
        IntStream.range(0, 500)
            .mapToObj(i -> CART.replace("cart:", "f" + i + ":"))
            .collect(Collectors.joining());
    assertThat(problems(FUNCTIONS + many))
        .containsExactly(
            "stack.yml:5:3: `functions` has 500 functions; at most 100 may be in one repository");
  }
}
