package lmnop.router.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names by which the resolver of this machine may have found a host: a short one is looked for
 * below the search domains, and whoever found it has its whole name.
 */
record WholeNames(Set<String> names) {
  /**
   * All names of a host.
   *
   * @param resolver the file that names the search domains, {@code /etc/resolv.conf}
   */
  static WholeNames of(String host, Path resolver) {
    Set<String> names = new TreeSet<>();
    names.add(plain(host));
    for (String domain : searchDomains(resolver)) {
      names.add(plain(host + "." + domain));
    }
    return new WholeNames(names);
  }

  /** As in the file, where the last word of that kind counts. */
  private static List<String> searchDomains(Path resolver) {
    List<String> domains = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(resolver)) {
        String[] words = line.strip().split("\\s+");
        if (words[0].equals("search") || words[0].equals("domain")) {
          domains = new ArrayList<>(List.of(words).subList(1, words.length));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return domains;
  }

  private static String plain(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  boolean contains(String name) {
    return names.contains(plain(name));
  }
}
