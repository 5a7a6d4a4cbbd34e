package lmnop.controlplane.portal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.git.Harmless;

/**
 * What a program printed for a terminal, as pages show it: its colours become names of the style,
 * everything else that steers a terminal is left out.
 */
public final class AnsiText {
  private static final Pattern COLOURS = Pattern.compile("\\x1b\\[([0-9;]{0,40})m");
  private static final int BRIGHT = 8; // how far the bright colours are behind the others
  private static final int NONE = -1;

  /**
   * A piece of one look.
   *
   * @param look names of the style; empty is that of other text
   */
  public record Span(String look, String text) {}

  private int ink = NONE;
  private int paper = NONE;
  private boolean bold;
  private boolean dim;
  private boolean italic;
  private boolean underlined;

  private AnsiText() {}

  /** The pieces of a line. */
  public static List<Span> spans(String line) {
    AnsiText look = new AnsiText();
    List<Span> spans = new ArrayList<>();
    Matcher colours = COLOURS.matcher(line);
    int from = 0;
    while (colours.find()) {
      look.add(spans, line.substring(from, colours.start()));
      look.change(colours.group(1).split(";"));
      from = colours.end();
    }
    look.add(spans, line.substring(from));
    return spans;
  }

  private void add(List<Span> spans, String text) {
    String shown = Harmless.plain(text);
    if (!shown.isEmpty()) {
      spans.add(new Span(names(), shown));
    }
  }

  private String names() {
    List<String> names = new ArrayList<>();
    if (ink != NONE) {
      names.add("ink" + ink);
    }
    if (paper != NONE) {
      names.add("paper" + paper);
    }
    if (bold) {
      names.add("bold");
    }
    if (dim) {
      names.add("dim");
    }
    if (italic) {
      names.add("italic");
    }
    if (underlined) {
      names.add("underlined");
    }
    return String.join(" ", names);
  }

  private void change(String[] codes) {
    for (int i = 0; i < codes.length; i++) {
      int code = number(codes, i);
      if (code == 38 || code == 48) {
        i = changeToOneOfMany(codes, i, code == 38);
      } else {
        change(code);
      }
    }
  }

  private void change(int code) {
    switch (code) {
      case 0 -> reset();
      case 1 -> bold = true;
      case 2 -> dim = true;
      case 3 -> italic = true;
      case 4 -> underlined = true;
      case 22 -> {
        bold = false;
        dim = false;
      }
      case 23 -> italic = false;
      case 24 -> underlined = false;
      case 39 -> ink = NONE;
      case 49 -> paper = NONE;
      default -> changeColour(code);
    }
  }

  private void changeColour(int code) {
    int colour = code % 10;
    if (colour < BRIGHT) {
      switch (code - colour) {
        case 30 -> ink = colour;
        case 40 -> paper = colour;
        case 90 -> ink = colour + BRIGHT;
        case 100 -> paper = colour + BRIGHT;
        default -> {
          // nothing that pages show
        }
      }
    }
  }

  private void reset() {
    ink = NONE;
    paper = NONE;
    bold = false;
    dim = false;
    italic = false;
    underlined = false;
  }

  /**
   * A colour out of 256, or of all there are: the nearest of the sixteen. Returns its last code.
   */
  private int changeToOneOfMany(String[] codes, int at, boolean forInk) {
    boolean indexed = number(codes, at + 1) == 5;
    int colour =
        indexed
            ? indexed(number(codes, at + 2))
            : nearest(number(codes, at + 2), number(codes, at + 3), number(codes, at + 4));
    if (forInk) {
      ink = colour;
    } else {
      paper = colour;
    }
    return at + (indexed ? 2 : 4);
  }

  private static int indexed(int index) {
    if (index < 16) {
      return index;
    }
    if (index >= 232) {
      int grey = 8 + 10 * (index - 232);
      return nearest(grey, grey, grey);
    }
    int cube = index - 16; // six steps of each of red, green and blue
    return nearest(cube / 36 * 51, cube / 6 % 6 * 51, cube % 6 * 51);
  }

  private static int nearest(int red, int green, int blue) {
    int most = Math.max(red, Math.max(green, blue));
    int half = most / 2;
    int hue = (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
    return most > 200 ? hue + BRIGHT : most < 50 ? 0 : hue;
  }

  private static int number(String[] codes, int at) {
    return at >= codes.length || codes[at].isEmpty() || codes[at].length() > 3
        ? 0
        : Integer.parseInt(codes[at]);
  }
}
