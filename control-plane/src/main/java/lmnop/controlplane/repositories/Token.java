package lmnop.controlplane.repositories;

import java.util.Locale;

/** A piece of a line of source that has one colour. */
public record Token(Kind kind, String text) {
  /** What a piece is. */
  public enum Kind {
    PLAIN,
    COMMENT,
    TEXT,
    KEYWORD,
    NUMBER,
    NAME;

    /** The class by which the style sheet knows it. */
    public String style() {
      return "code-" + name().toLowerCase(Locale.ROOT);
    }
  }
}
