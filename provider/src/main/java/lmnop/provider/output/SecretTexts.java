package lmnop.provider.output;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Secrets as an instance would print them. */
public final class SecretTexts {
  private static final int TELLING_LINE = 16; // characters; shorter lines stand in other texts too

  private SecretTexts() {}

  /** The texts that must not get into a log: of a secret with several lines, each long one. */
  public static List<String> of(Collection<byte[]> contents) {
    return contents.stream()
        .map(content -> new String(content, StandardCharsets.UTF_8).strip())
        .flatMap(text ->
            text.indexOf('\n') < 0
                ? Stream.of(text)
                : text.lines().map(String::strip).filter(line -> line.length() >= TELLING_LINE))
        .toList();
  }
}
