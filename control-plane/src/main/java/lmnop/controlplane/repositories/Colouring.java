package lmnop.controlplane.repositories;

import java.util.ArrayList;
import java.util.List;
import lmnop.controlplane.repositories.Language.Span;
import lmnop.controlplane.repositories.Token.Kind;

/**
 * Cuts source into coloured pieces: once over the text, whatever it holds. It does not understand a
 * language, and needs not: a colour that is wrong hurts nobody.
 */
final class Colouring {
  private static final int LONGEST_LOOK = 200; // characters of blanks before the sign after a name

  private final Language language;
  private final String text;
  private final List<List<Token>> lines = new ArrayList<>();
  private List<Token> line = new ArrayList<>();
  private final int[] hopelessUntil; // by span: where a line ends on which one has no end
  private int plainFrom;
  private int at;

  private Colouring(Language language, String text) {
    this.language = language;
    this.text = text;
    this.hopelessUntil = new int[language.spans().size()];
  }

  /** The lines of a text. */
  static List<List<Token>> lines(Language language, String text) {
    return new Colouring(language, text).cut();
  }

  private List<List<Token>> cut() {
    while (at < text.length()) {
      if (!comment() && !span() && !word()) {
        at++;
      }
    }
    add(Kind.PLAIN, plainFrom, at);
    if (!line.isEmpty()) {
      lines.add(line);
    }
    return lines;
  }

  private boolean comment() {
    for (String opening : language.comments()) {
      if (text.startsWith(opening, at) && !isPartOfWord(opening)) {
        int end = text.indexOf('\n', at);
        take(Kind.COMMENT, end < 0 ? text.length() : end);
        return true;
      }
    }
    return false;
  }

  /** A # inside a word, as in $# or a#b, begins nothing. */
  private boolean isPartOfWord(String opening) {
    return opening.equals("#") && at > 0 && !Character.isWhitespace(text.charAt(at - 1));
  }

  private boolean span() {
    for (int i = 0; i < hopelessUntil.length; i++) {
      Span span = language.spans().get(i);
      if (at >= hopelessUntil[i] && text.startsWith(span.open(), at)) {
        int end = end(span);
        if (end > 0) {
          take(isName(end) ? Kind.NAME : span.kind(), end);
          return true;
        }
        int lineEnd = text.indexOf('\n', at);
        hopelessUntil[i] = lineEnd < 0 ? text.length() : lineEnd;
      }
    }
    return false;
  }

  /** Where a span ends; 0 if it does not, on its line, and so is none. */
  private int end(Span span) {
    int i = at + span.open().length();
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\n' && !span.severalLines()) {
        return 0;
      }
      if (c == '\\' && span.escapes()) {
        i++;
      } else if (text.startsWith(span.close(), i)) {
        return i + span.close().length();
      }
      i++;
    }
    return span.severalLines() ? text.length() : 0;
  }

  private boolean word() {
    char first = text.charAt(at);
    if (!Character.isLetterOrDigit(first) && first != '_') {
      return false;
    }
    int end = at;
    while (end < text.length() && isInWord(text.charAt(end))) {
      end++;
    }
    if (isName(end)) {
      take(Kind.NAME, end);
    } else if (Character.isDigit(first)) {
      take(Kind.NUMBER, end);
    } else if (language.keywords().contains(text.substring(at, end))) {
      take(Kind.KEYWORD, end);
    } else {
      at = end;
    }
    return true;
  }

  private boolean isInWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || (c == '-' && language.keySign() != 0);
  }

  private boolean isName(int end) {
    if (language.keySign() == 0) {
      return false;
    }
    int i = end;
    while (i < text.length() && i - end < LONGEST_LOOK && text.charAt(i) == ' ') {
      i++;
    }
    return i < text.length() && text.charAt(i) == language.keySign();
  }

  private void take(Kind kind, int end) {
    add(Kind.PLAIN, plainFrom, at);
    add(kind, at, end);
    at = end;
    plainFrom = end;
  }

  private void add(Kind kind, int from, int to) {
    int start = from;
    while (start < to) {
      int end = text.indexOf('\n', start);
      if (end < 0 || end >= to) {
        line.add(new Token(kind, text.substring(start, to)));
        return;
      }
      if (end > start) {
        line.add(new Token(kind, text.substring(start, end)));
      }
      lines.add(line);
      line = new ArrayList<>();
      start = end + 1;
    }
  }
}
