package lmnop.controlplane.repositories;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jgit.diff.RawText;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;

/** The folders and files of a commit. Everything here blocks. */
final class Folders {
  /** Larger files are not shown, only sent, in bytes. */
  static final int LARGEST_SHOWN = 256 * 1024;

  private static final int MOST_LINES = 10_000;
  private static final int MOST_ENTRIES = 2_000;
  private static final int LONGEST_PATH = 4_096; // characters
  private static final List<String> PICTURES = List.of("png", "jpg", "jpeg", "gif", "webp");
  private static final List<String> READMES =
      List.of("readme.md", "readme.markdown", "readme", "readme.txt");

  private final ObjectReader reader;
  private final RevCommit commit;

  Folders(ObjectReader reader, RevCommit commit) {
    this.reader = reader;
    this.commit = commit;
  }

  /** Whether a file of this name is shown as a picture: one in which nothing can be run. */
  static boolean isPicture(String path) {
    return PICTURES.contains(ending(path));
  }

  /** The type of a picture. */
  static String pictureType(String path) {
    String ending = ending(path);
    return "image/" + (ending.equals("jpg") ? "jpeg" : ending);
  }

  private static String ending(String path) {
    return path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** Whether a text can be the way to something: no part of it is empty or stands for another. */
  static boolean isPath(String path) {
    return path.length() <= LONGEST_PATH
        && path.indexOf('\0') < 0
        && Arrays.stream(path.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  /** What is at a path. */
  record Thing(FileMode mode, ObjectId id) {
    boolean isFolder() {
      return FileMode.TREE.equals(mode);
    }

    boolean isFile() {
      return FileMode.REGULAR_FILE.equals(mode) || FileMode.EXECUTABLE_FILE.equals(mode);
    }
  }

  /** What is at a path; empty if there is nothing. */
  Optional<Thing> at(String path) throws IOException {
    if (path.isEmpty()) {
      return Optional.of(new Thing(FileMode.TREE, commit.getTree()));
    }
    if (!isPath(path)) {
      return Optional.empty();
    }
    try (TreeWalk walk = TreeWalk.forPath(reader, path, commit.getTree())) {
      return walk == null
          ? Optional.empty()
          : Optional.of(new Thing(walk.getFileMode(0), walk.getObjectId(0)));
    }
  }

  /** What stands in a folder: folders first, by name; and whether there is more than is shown. */
  record Listing(List<Entry> entries, boolean more) {}

  Listing list(ObjectId tree, String path) throws IOException {
    List<Entry> entries = new ArrayList<>();
    boolean more = false;
    try (TreeWalk walk = new TreeWalk(reader)) {
      walk.addTree(tree);
      while (walk.next() && !more) {
        Patience.check();
        more = entries.size() >= MOST_ENTRIES;
        if (!more) {
          entries.add(entry(walk, path.isEmpty() ? "" : path + "/"));
        }
      }
    }
    entries.sort(
        Comparator.comparing((Entry entry) -> entry.kind() != Entry.Kind.FOLDER)
            .thenComparing(Entry::name));
    return new Listing(entries, more);
  }

  private Entry entry(TreeWalk walk, String prefix) throws IOException {
    String name = walk.getNameString();
    boolean text = Arrays.equals(name.getBytes(StandardCharsets.UTF_8), walk.getRawPath());
    FileMode mode = walk.getFileMode(0);
    Entry.Kind kind =
        FileMode.TREE.equals(mode)
            ? Entry.Kind.FOLDER
            : FileMode.SYMLINK.equals(mode)
                ? Entry.Kind.LINK
                : FileMode.GITLINK.equals(mode) ? Entry.Kind.SUBMODULE : Entry.Kind.FILE;
    return new Entry(
        name,
        prefix + name,
        kind,
        kind == Entry.Kind.FILE ? size(walk.getObjectId(0)) : 0,
        text && isPath(name) && kind != Entry.Kind.SUBMODULE);
  }

  private long size(ObjectId id) throws IOException {
    try {
      return reader.getObjectSize(id, Constants.OBJ_BLOB);
    } catch (MissingObjectException e) {
      return 0; // what the object is, its own page says
    }
  }

  /** The bytes of a file or link, as they can be read from here. */
  ObjectLoader open(ObjectId id) throws IOException {
    return reader.open(id, Constants.OBJ_BLOB);
  }

  /** A file as it is shown. */
  ShownFile file(String path, Thing thing) throws IOException {
    if (FileMode.GITLINK.equals(thing.mode())) {
      return instead(0, "A submodule: its files are in another repository.");
    }
    ObjectLoader content = open(thing.id());
    long size = content.getSize();
    if (isPicture(path) && thing.isFile()) {
      return new ShownFile(size, "picture", null, true, null);
    }
    if (size > LARGEST_SHOWN) {
      return instead(size, "It is too large to be shown here.");
    }
    byte[] bytes = content.getCachedBytes(LARGEST_SHOWN);
    if (RawText.isBinary(bytes, bytes.length, true)) {
      return instead(size, "It is no text.");
    }
    String text = text(bytes);
    if (FileMode.SYMLINK.equals(thing.mode())) {
      return instead(size, "A link to " + Visible.line(text, 500));
    }
    if (text.lines().limit(MOST_LINES + 1).count() > MOST_LINES) {
      return instead(size, "It has too many lines to be shown here.");
    }
    Language language = Language.of(path.substring(path.lastIndexOf('/') + 1), text);
    return new ShownFile(size, language.name(), Colouring.lines(language, text), false, null);
  }

  private static ShownFile instead(long size, String words) {
    return new ShownFile(size, "", null, false, words);
  }

  /** Text of any age: UTF-8, or else what every byte is a character of. */
  static String text(byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      text = new String(bytes, StandardCharsets.ISO_8859_1);
    }
    return Visible.of(text.replace("\r\n", "\n"));
  }

  /** What a folder says of itself, if it says something that can be shown. */
  Optional<Readme> readme(List<Entry> entries, Position position) throws IOException {
    for (String wanted : READMES) {
      for (Entry entry : entries) {
        boolean fits =
            entry.name().toLowerCase(Locale.ROOT).equals(wanted)
                && entry.kind() == Entry.Kind.FILE
                && entry.reachable()
                && entry.size() <= LARGEST_SHOWN;
        Optional<Thing> thing = fits ? at(entry.path()) : Optional.empty();
        if (thing.isPresent() && thing.get().isFile()) {
          String text = text(open(thing.get().id()).getCachedBytes(LARGEST_SHOWN));
          boolean markdown = wanted.contains(".m");
          return Optional.of(
              new Readme(entry.shown(), markdown ? Markdown.html(text, position) : null, text));
        }
      }
    }
    return Optional.empty();
  }
}
