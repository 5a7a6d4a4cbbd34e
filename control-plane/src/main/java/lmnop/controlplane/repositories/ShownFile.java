package lmnop.controlplane.repositories;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file on its page.
 *
 * @param language in which it is coloured
 * @param lines of text; null where it is not shown as text
 * @param picture whether it is shown as one
 * @param words what is said instead
 */
public record ShownFile(
    long size,
    String language,
    @Nullable List<List<Token>> lines,
    boolean picture,
    @Nullable String words) {
  /** The size as people read it. */
  public String sizeInWords() {
    return Sizes.inWords(size);
  }
}
