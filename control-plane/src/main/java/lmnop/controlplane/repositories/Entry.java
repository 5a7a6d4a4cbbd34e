package lmnop.controlplane.repositories;

/**
 * What stands in a folder.
 *
 * @param name as it was pushed
 * @param path from the root, by which it is asked for
 * @param size in bytes; of files only
 * @param reachable whether an address can name it; not if its name is no text
 */
public record Entry(String name, String path, Kind kind, long size, boolean reachable) {
  /** What it is. */
  public enum Kind {
    FOLDER,
    FILE,
    LINK,
    SUBMODULE
  }

  /** The name as people read it. */
  public String shown() {
    return Visible.line(name, 255) + (kind == Kind.FOLDER ? "/" : "");
  }

  /** The size as people read it; of a folder none. */
  public String sizeInWords() {
    return kind == Kind.FILE ? Sizes.inWords(size) : "";
  }
}
