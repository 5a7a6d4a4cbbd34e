package lmnop.controlplane.repositories;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a language is coloured.
 *
 * @param keywords its words
 * @param comments what begins a comment that ends with its line
 * @param spans what begins and ends with something, the longer beginnings first
 * @param keySign what follows a word or a text that is a name, as in {@code name: value}; 0 if
 *     nothing does
 */
record Language(
    String name, Set<String> keywords, List<String> comments, List<Span> spans, char keySign) {

  /**
   * A part with a beginning and an end.
   *
   * @param escapes whether a backslash takes away the meaning of what follows
   * @param severalLines whether it may go on in the next line
   */
  record Span(Token.Kind kind, String open, String close, boolean escapes, boolean severalLines) {}

  private static final Span QUOTED = new Span(Token.Kind.TEXT, "\"", "\"", true, false);
  private static final Span APOSTROPHES = new Span(Token.Kind.TEXT, "'", "'", true, false);
  private static final Span BACKTICKS = new Span(Token.Kind.TEXT, "`", "`", true, true);
  private static final Span C_COMMENT = new Span(Token.Kind.COMMENT, "/*", "*/", false, true);
  private static final Span TEXT_BLOCK = new Span(Token.Kind.TEXT, "\"\"\"", "\"\"\"", true, true);

  static final Language PLAIN = new Language("text", Set.of(), List.of(), List.of(), '\0');

  private static final Language PYTHON =
      new Language(
          "Python",
          words(
              "and as assert async await break case class continue def del elif else except False"
                  + " finally for from global if import in is lambda match None nonlocal not or"
                  + " pass raise return True try while with yield"),
          List.of("#"),
          List.of(
              TEXT_BLOCK, new Span(Token.Kind.TEXT, "'''", "'''", true, true), QUOTED, APOSTROPHES),
          '\0');
  private static final Language SCRIPT =
      new Language(
          "JavaScript",
          words(
              "abstract any as async await boolean break case catch class const continue debugger"
                  + " declare default delete do else enum export extends false finally for from"
                  + " function get if implements import in instanceof interface let namespace new"
                  + " null number of private protected public readonly return set static string"
                  + " super switch this throw true try type typeof undefined unknown var void"
                  + " while yield"),
          List.of("//"),
          List.of(C_COMMENT, QUOTED, APOSTROPHES, BACKTICKS),
          '\0');
  private static final Language GO =
      new Language(
          "Go",
          words(
              "any bool break byte case chan const continue default defer else error fallthrough"
                  + " false float64 for func go goto if import int int64 interface iota map nil"
                  + " package range return rune select string struct switch true type uint64 var"),
          List.of("//"),
          List.of(C_COMMENT, QUOTED, APOSTROPHES, new Span(Token.Kind.TEXT, "`", "`", false, true)),
          '\0');
  private static final Language JAVA =
      new Language(
          "Java",
          words(
              "abstract assert boolean break byte case catch char class const continue default do"
                  + " double else enum extends false final finally float for fun goto if implements"
                  + " import instanceof int interface long native new null object package permits"
                  + " private protected public record return sealed short static strictfp super"
                  + " switch synchronized this throw throws transient true try val var void"
                  + " volatile when while yield"),
          List.of("//"),
          List.of(C_COMMENT, TEXT_BLOCK, QUOTED, APOSTROPHES),
          '\0');
  private static final Language C =
      new Language(
          "C",
          words(
              "as auto bool break case char class const continue default delete do double else enum"
                  + " extern false fn float for if impl include inline int let long loop match mod"
                  + " mut namespace new nullptr private protected pub public return self short"
                  + " signed sizeof static struct switch template this trait true type typedef"
                  + " union unsafe unsigned use using virtual void volatile where while"),
          List.of("//"),
          List.of(C_COMMENT, QUOTED, APOSTROPHES),
          '\0');
  private static final Language SHELL =
      new Language(
          "Shell",
          words(
              "break case cd continue do done echo elif else esac eval exec exit export fi for"
                  + " function if in local printf read readonly return set shift source then trap"
                  + " unset until while"),
          List.of("#"),
          List.of(
              new Span(Token.Kind.TEXT, "\"", "\"", true, true),
              new Span(Token.Kind.TEXT, "'", "'", false, false)),
          '\0');
  private static final Language DOCKERFILE =
      new Language(
          "Dockerfile",
          words(
              "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL"
                  + " STOPSIGNAL USER VOLUME WORKDIR"),
          List.of("#"),
          List.of(QUOTED, APOSTROPHES),
          '\0');
  private static final Language YAML =
      new Language(
          "YAML",
          words("true false null yes no on off"),
          List.of("#"),
          List.of(QUOTED, APOSTROPHES),
          ':');
  private static final Language TOML =
      new Language(
          "TOML",
          words("true false"),
          List.of("#"),
          List.of(
              TEXT_BLOCK, QUOTED, APOSTROPHES, new Span(Token.Kind.NAME, "[", "]", false, false)),
          '=');
  private static final Language JSON =
      new Language("JSON", words("true false null"), List.of(), List.of(QUOTED), ':');
  private static final Language CSS =
      new Language(
          "CSS", words("important"), List.of(), List.of(C_COMMENT, QUOTED, APOSTROPHES), ':');
  private static final Language MARKUP =
      new Language(
          "HTML",
          Set.of(),
          List.of(),
          List.of(
              new Span(Token.Kind.COMMENT, "<!--", "-->", false, true),
              new Span(Token.Kind.NAME, "<", ">", false, true)),
          '\0');
  private static final Language SQL =
      new Language(
          "SQL",
          words(
              "ALTER AND AS ASC BY CASE CHECK CREATE DEFAULT DELETE DESC DROP ELSE END EXISTS FROM"
                  + " GRANT GROUP HAVING IF IN INDEX INSERT INTO IS JOIN KEY LEFT LIMIT NOT NULL ON"
                  + " OR ORDER OUTER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN UNION UNIQUE"
                  + " UPDATE VALUES WHEN WHERE WITH"),
          List.of("--"),
          List.of(C_COMMENT, QUOTED, APOSTROPHES),
          '\0');

  private static final Map<String, Language> BY_ENDING =
      Map.ofEntries(
          Map.entry("py pyi", PYTHON),
          Map.entry("js mjs cjs jsx ts mts cts tsx", SCRIPT),
          Map.entry("go", GO),
          Map.entry("java kt kts gradle", JAVA),
          Map.entry("c h cc cpp hpp rs", C),
          Map.entry("sh bash", SHELL),
          Map.entry("yml yaml", YAML),
          Map.entry("toml", TOML),
          Map.entry("json map", JSON),
          Map.entry("css scss", CSS),
          Map.entry("html htm xml svg vue", MARKUP),
          Map.entry("sql", SQL));

  private static final Map<String, Language> BY_PROGRAM =
      Map.of("python", PYTHON, "node", SCRIPT, "deno", SCRIPT, "bash", SHELL, "sh", SHELL);

  private static final Pattern FIRST_LINE =
      Pattern.compile("#!\\s*\\S*/(?:env\\s+)?(?:\\S*/)?([a-z]+)[0-9.]*(?:\\s|$)");

  private static Set<String> words(String text) {
    return Set.of(text.split(" "));
  }

  /** The language of a file by its name, or by its first line. */
  static Language of(String fileName, String text) {
    String name = fileName.toLowerCase(Locale.ROOT);
    if (name.startsWith("dockerfile") || name.endsWith(".dockerfile")) {
      return DOCKERFILE;
    }
    if (name.equals("go.mod")) {
      return GO;
    }
    String ending = name.substring(name.lastIndexOf('.') + 1);
    for (Map.Entry<String, Language> known : BY_ENDING.entrySet()) {
      if (name.contains(".") && List.of(known.getKey().split(" ")).contains(ending)) {
        return known.getValue();
      }
    }
    int end = text.indexOf('\n');
    Matcher program = FIRST_LINE.matcher(end < 0 ? text : text.substring(0, Math.min(end, 200)));
    return program.lookingAt() ? BY_PROGRAM.getOrDefault(program.group(1), PLAIN) : PLAIN;
  }
}
