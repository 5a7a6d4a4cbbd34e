package lmnop.router.edge;

import java.util.ArrayList;
import java.util.List;

/** Long lists of short words, in less room than one line for each. */
final class Odd {
  private Odd() {}

  /** Takes apart what broken bars keep apart; the empty word counts as well. */
  static List<String> each(String words) {
    return List.of(words.split("\u00a6", -1));
  }

  /** Header names that are others, however alike. */
  static List<String> tokensLike(String name) {
    String stem = name.replace("-", "");
    return List.of(
        name.replace('-', '_') + (name.contains("-") ? "" : "_"),
        name.replace('-', '.') + (name.contains("-") ? "" : "."),
        stem + "s",
        "X-" + name,
        name + "-X",
        name + "1",
        "$" + name,
        name + "'",
        "!" + name,
        "~" + name,
        name + "*",
        name + "|");
  }

  /** What is no header name at all. */
  static List<String> notTokensLike(String name) {
    List<String> odd = new ArrayList<>();
    for (String mark :
        Odd.each(
            " ¦\t¦\u0000¦\u000b¦\u000c¦\u0001¦\u001f¦\u007f¦\u00a0¦\u0085¦\u00e9¦(¦)¦<¦"
                + ">¦@¦,¦;¦\\¦\"¦/¦[¦]¦?¦=¦{¦}")) {
      odd.add(name + mark);
      odd.add(mark + name);
      odd.add(name.substring(0, 3) + mark + name.substring(3));
    }
    odd.add("\r" + name);
    odd.add(":" + name);
    odd.add(" " + name + " ");
    odd.add("X\r" + name);
    odd.add("X\n" + name);
    odd.add("X: y\n" + name);
    odd.add("X: y\r" + name);
    return odd;
  }
}
