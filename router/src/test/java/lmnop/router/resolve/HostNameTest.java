package lmnop.router.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostNameTest {
  @ParameterizedTest
  @CsvSource({
    "hello.example.com, hello.example.com, false",
    "HELLO.Example.COM:8080, hello.example.com, false",
    "hello.example.com., hello.example.com, false",
    "hello.example.com.:80, hello.example.com, false",
    "127.0.0.1:8080, 127.0.0.1, true",
    "localhost, localhost, true",
    "[::1]:8080, [::1], true",
    "[::1], [::1], true",
    "xn--bcher-kva.example, xn--bcher-kva.example, false",
    "a_b.example, a_b.example, false",
  })
  void hasOneSpelling(String header, String name, boolean bareAddress) {
    assertThat(HostName.parse(header)).isEqualTo(new HostName(name, bareAddress));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "a..b",
        ".a",
        "a b",
        "a,b",
        "user@host",
        "a/b",
        "a:b",
        "a:80:80",
        "a:123456",
        "[::1",
        "[::1]x",
        "[zz]",
        "bücher.example",
        "a\tb",
        "a%2eb",
        "http://a",
        "a?b",
        "a#b"
      })
  void refusesWhatIsNoHost(String header) {
    assertThat(HostName.parse(header)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {254, 10_000})
  void refusesWhatIsTooLong(int length) {
    assertThat(HostName.parse("a".repeat(length))).isNull();
  }
}
