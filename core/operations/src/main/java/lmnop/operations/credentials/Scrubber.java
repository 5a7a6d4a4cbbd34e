package lmnop.operations.credentials;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes secret values out of lines as they come in, whatever line breaks are in them: as they are,
 * URL-encoded, and in base64, wherever in the encoded bytes they begin.
 *
 * <p>A line is never held back. So of a value that is cut by the end of what has come so far, the
 * beginning is taken out if it can be told from other text, and the rest when it comes.
 */
public final class Scrubber {
  /** Stands where a value was. */
  public static final String MASK = "***";

  private static final int SHORTEST = 6; // characters; less is found in any text
  private static final int SEARCHED = 4096; // bytes of one value
  private static final int PIECE = 256;
  private static final String CUT = " … (this line was cut"; // how workers end a line too long

  private final List<String> forms;
  private final int longest;
  private String before = "";

  /**
   * Knows the values; what is shorter than six characters is not looked for, and of what is long
   * only the first 4 KiB are, piece by piece.
   */
  public Scrubber(Collection<byte[]> values) {
    Set<String> all = new LinkedHashSet<>();
    for (byte[] value : values) {
      String text = new String(value, StandardCharsets.UTF_8);
      String stripped = text.strip(); // a file often ends with a line break, which nobody prints
      addBytes(value, all);
      addBytes(stripped.getBytes(StandardCharsets.UTF_8), all);
      addText(text, all);
      addText(stripped, all);
    }
    forms = all.stream().filter(form -> form.length() >= SHORTEST).toList();
    longest = forms.stream().mapToInt(String::length).max().orElse(1);
  }

  private static void addText(String text, Set<String> forms) {
    for (int at = 0; at < Math.min(text.length(), SEARCHED); at += PIECE) {
      String piece = text.substring(at, Math.min(text.length(), at + PIECE));
      if (piece.length() >= SHORTEST) {
        forms.add(piece.replaceAll("[\\r\\n]", "")); // lines are looked at without their ends
        String encoded = URLEncoder.encode(piece, StandardCharsets.UTF_8);
        for (String form : List.of(encoded, encoded.replace("+", "%20"))) {
          forms.add(form);
          forms.add(lowerCaseEscapes(form));
        }
      }
    }
  }

  private static void addBytes(byte[] value, Set<String> forms) {
    for (int at = 0; at < Math.min(value.length, SEARCHED); at += PIECE) {
      addEncoded(Arrays.copyOfRange(value, at, Math.min(value.length, at + PIECE)), forms);
    }
  }

  private static void addEncoded(byte[] bytes, Set<String> forms) {
    if (bytes.length < SHORTEST) {
      return;
    }
    for (int offset = 0; offset < 3; offset++) {
      byte[] shifted = new byte[offset + bytes.length];
      System.arraycopy(bytes, 0, shifted, offset, bytes.length);
      // Only the characters that no other byte has a bit in: what stands around the value is not
      // known.
      int from = (offset * 8 + 5) / 6;
      int to = shifted.length * 8 / 6;
      forms.add(Base64.getEncoder().encodeToString(shifted).substring(from, to));
      forms.add(Base64.getUrlEncoder().encodeToString(shifted).substring(from, to));
    }
  }

  private static String lowerCaseEscapes(String encoded) {
    return Arrays.stream(encoded.split("(?<=%..)|(?=%..)"))
        .map(part -> part.startsWith("%") ? part.toLowerCase(Locale.ROOT) : part)
        .collect(Collectors.joining());
  }

  /** Gives the lines without the values; they follow on those of the call before. */
  public synchronized List<String> scrub(List<String> lines) {
    String text = before + String.join("", lines);
    BitSet masked = new BitSet(text.length());
    for (String form : forms) {
      for (int at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
        masked.set(at, at + form.length());
      }
      maskBeginning(form, text, text.length(), masked);
      if (before.isEmpty()) {
        maskRest(form, text, masked); // somebody else may have had the beginning
      }
    }
    List<String> clean = new ArrayList<>();
    int begin = before.length();
    for (String line : lines) {
      int cut = line.lastIndexOf(CUT);
      for (String form : cut < 0 ? List.<String>of() : forms) {
        maskBeginning(form, text, begin + cut, masked);
      }
      clean.add(without(masked, text, begin, begin + line.length()));
      begin += line.length();
    }
    before = text.substring(Math.max(0, text.length() - longest + 1));
    return clean;
  }

  /** The longest beginning of a value in which the text ends here. */
  private static void maskBeginning(String form, String text, int end, BitSet masked) {
    for (int length = Math.min(form.length() - 1, end); length >= SHORTEST; length--) {
      if (text.startsWith(form.substring(0, length), end - length)) {
        masked.set(end - length, end);
        return;
      }
    }
  }

  /** The longest end of a value with which the text begins. */
  private static void maskRest(String form, String text, BitSet masked) {
    for (int from = 1; form.length() - from >= SHORTEST; from++) {
      if (text.startsWith(form.substring(from))) {
        masked.set(0, form.length() - from);
        return;
      }
    }
  }

  private static String without(BitSet masked, String text, int begin, int end) {
    StringBuilder clean = new StringBuilder();
    int at = begin;
    while (at < end) {
      int from = masked.nextSetBit(at);
      if (from < 0 || from >= end) {
        return clean.append(text, at, end).toString();
      }
      clean.append(text, at, from).append(MASK);
      at = Math.min(end, masked.nextClearBit(from));
    }
    return clean.toString();
  }
}
