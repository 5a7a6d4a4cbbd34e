package lmnop.controlplane.accounts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.core.io.ClassPathResource;

/**
 * What a password that somebody chose must be: long, and not made of what is guessed first.
 *
 * <p>Length is what counts; no mixture of characters is asked for. From a password are taken the
 * account's name, the words of a list, rows of keys, years and repetitions, also where digits stand
 * for letters; what is left has to be long enough by itself.
 */
final class PasswordRule {
  static final int SHORTEST = 12; // characters
  static final int LONGEST = 200;
  private static final int LEFT = 6; // characters beside what is guessed first

  private static final String LOOKALIKES = "0o1l3e4a5s7t@a$s!i";
  private static final Pattern YEAR = Pattern.compile("(?:19|20)[0-9]{2}");
  private static final Pattern REPEATED = Pattern.compile("(.{1,4}?)\\1{2,}");
  private static final Pattern NOTHING = Pattern.compile("[\\s\\p{Punct}]+");
  private static final List<String> ROWS =
      List.of(
          "01234567890",
          "09876543210",
          "abcdefghijklmnopqrstuvwxyz",
          "qwertyuiop",
          "qwertzuiop",
          "azertyuiop",
          "asdfghjkl",
          "zxcvbnm",
          "yxcvbnm",
          "1qaz2wsx3edc4rfv");
  private static final int SHORTEST_ROW = 4;
  private static final List<String> WORDS = words();

  private PasswordRule() {}

  private static List<String> words() {
    ClassPathResource list = new ClassPathResource("lmnop/accounts/guessed-first.txt");
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(list.getInputStream(), StandardCharsets.UTF_8))) {
      return in.lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .sorted(Comparator.comparingInt(String::length).reversed())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the list of passwords that are guessed first", e);
    }
  }

  /** Refuses a password that is too short, too long, or guessed too easily. */
  static void check(String password, String account) {
    int length = password.length();
    if (length < SHORTEST || length > LONGEST) {
      throw new Refused(
          "The password has %d characters, expected %d to %d."
              .formatted(length, SHORTEST, LONGEST));
    }
    if (Scope.isToken(password)) {
      throw new Refused("That is a token: a password has to be something else.");
    }
    if (left(password, account) < LEFT) {
      throw new Refused(
          "The password is made of the account's name, of words that are guessed first, or of rows"
              + " and repetitions: take some words that have nothing to do with each other.");
    }
  }

  /** How many characters are left beside what is guessed first. */
  private static int left(String password, String account) {
    String typed = password.toLowerCase(Locale.ROOT);
    return Math.min(leftOf(typed, account), leftOf(asLetters(typed), asLetters(account)));
  }

  private static int leftOf(String text, String account) {
    String left = REPEATED.matcher(text).replaceAll(" ");
    left = left.replace(account, " ");
    for (String word : WORDS) {
      left = left.replace(word, " ");
    }
    left = YEAR.matcher(withoutRows(left)).replaceAll(" ");
    return NOTHING.matcher(left).replaceAll("").length();
  }

  private static String withoutRows(String text) {
    String left = text;
    for (int length = 11; length >= SHORTEST_ROW; length--) {
      int size = length;
      List<String> parts = ROWS.stream().flatMap(row -> parts(row, size)).toList();
      for (String part : parts) {
        left = left.replace(part, " ");
      }
    }
    return left;
  }

  private static Stream<String> parts(String row, int length) {
    return Stream.iterate(0, start -> start + length <= row.length(), start -> start + 1)
        .map(start -> row.substring(start, start + length));
  }

  private static String asLetters(String text) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      int place = LOOKALIKES.indexOf(each);
      letters.append(place >= 0 && place % 2 == 0 ? LOOKALIKES.charAt(place + 1) : each);
    }
    return letters.toString();
  }
}
