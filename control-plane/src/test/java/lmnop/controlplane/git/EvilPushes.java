package lmnop.controlplane.git;

import static lmnop.controlplane.git.PackBuilder.BLOB;
import static lmnop.controlplane.git.PackBuilder.COMMIT;
import static lmnop.controlplane.git.PackBuilder.TAG;
import static lmnop.controlplane.git.PackBuilder.TREE;
import static lmnop.controlplane.git.PackBuilder.bytes;
import static lmnop.controlplane.git.PackBuilder.delta;
import static lmnop.controlplane.git.PackBuilder.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Pushes that nobody sends by accident. */
final class EvilPushes {
  private static final int MIB = 1024 * 1024;
  private static final String ADA = "Ada <ada@example.com> 1700000000 +0000";
  private static final String NOWHERE = "4".repeat(40);

  private EvilPushes() {}

  /**
   * One of them.
   *
   * @param pack fills a pack and gives the commit to push
   * @param words what the pusher reads, among others
   */
  record Evil(String what, Function<PackBuilder, String> pack, String words) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Evil> all() {
    return Stream.of(
            names(), modes(), links(), functionFiles(), submodules(), trees(), packs(), objects())
        .flatMap(List::stream);
  }

  /** Those that a repository can hold whose git looks at nothing. */
  static Stream<Evil> ofOneFile() {
    return Stream.of(names(), links(), submodules()).flatMap(List::stream);
  }

  private static List<Evil> names() {
    List<Evil> evil = new ArrayList<>();
    for (String git :
        List.of(
            ".git",
            ".GIT",
            ".Git",
            "git~1",
            "GIT~1",
            "git~2",
            ".git ",
            ".git.",
            ".git . .",
            ".git::$INDEX_ALLOCATION",
            ".git:x",
            ".g\u200cit",
            "\ufeff.git",
            ".gi\u200dT",
            "\u202a.git",
            ".git\u206f")) {
      evil.add(named(git, "stands for .git"));
    }
    for (String name :
        List.of(
            "a/b", "/etc", "a\\b", "..\\x", "a\nb", "a\rb", "a\u0001b", "a\u007f", "\u001b[2J")) {
      evil.add(named(name, "a slash, a backslash or a control character"));
    }
    evil.add(named("..", ""));
    evil.add(named(".", ""));
    evil.add(named("", ""));
    evil.add(named(".. ", "stands for another folder"));
    evil.add(named("..\u200c", "stands for another folder"));
    evil.add(named("x".repeat(256), "is longer than 255 bytes"));
    evil.add(
        new Evil(
            "not UTF-8",
            pack -> function(pack, entry("100644", new byte[] {(byte) 0xff, 'x'}, pack.blob("x"))),
            "is not UTF-8"));
    return evil;
  }

  private static Evil named(String name, String words) {
    return new Evil(
        "name " + EntryNames.visible(name),
        pack -> function(pack, entry("100644", name, pack.blob("evil"))),
        words);
  }

  /** A commit whose tree has the entry where git sorts it. */
  private static String function(PackBuilder pack, byte[] entry) {
    String name = new String(entry, java.nio.charset.StandardCharsets.ISO_8859_1);
    boolean before = name.substring(name.indexOf(' ') + 1).compareTo("function.yml") < 0;
    return before
        ? pack.function(List.of(entry), List.of())
        : pack.function(List.of(), List.of(entry));
  }

  private static List<Evil> modes() {
    return List.of(
        new Evil(
            ".git as a folder with a hook",
            pack -> {
              String hook = pack.tree(entry("100755", "post-checkout", pack.blob("#!/bin/sh")));
              return function(
                  pack, entry("40000", ".git", pack.tree(entry("40000", "hooks", hook))));
            },
            ""),
        new Evil(
            ".GIT as a link",
            pack -> function(pack, entry("120000", ".GIT", pack.blob("elsewhere"))),
            ""),
        new Evil(
            "a folder deep down",
            pack -> {
              String config = pack.tree(entry("100644", ".g\u200cit", pack.blob("x")));
              return function(pack, entry("40000", "a", pack.tree(entry("40000", "b", config))));
            },
            "stands for .git"),
        new Evil(
            "a mode that is none",
            pack -> function(pack, entry("107777", "a", pack.blob("x"))),
            ""),
        new Evil(
            "a tree that is a blob",
            pack -> function(pack, entry("40000", "a", pack.blob("x"))),
            ""),
        new Evil(
            "a blob that is a tree",
            pack ->
                function(
                    pack, entry("100644", "a", pack.tree(entry("100644", "x", pack.blob("x"))))),
            ""));
  }

  private static List<Evil> links() {
    List<Evil> evil = new ArrayList<>();
    for (String target :
        List.of("/etc/passwd", "../outside", "a/../../outside", "..", "a/b/../../../x", "")) {
      evil.add(
          new Evil(
              "link to '" + target + "'",
              pack -> function(pack, entry("120000", "link", pack.blob(target))),
              "which may lie outside"));
    }
    evil.add(
        new Evil(
            "link in a folder that climbs too far",
            pack ->
                function(
                    pack,
                    entry("40000", "a", pack.tree(entry("120000", "l", pack.blob("../../x"))))),
            "which may lie outside"));
    evil.add(
        new Evil(
            "link with a zero",
            pack -> function(pack, entry("120000", "link", pack.blob("a\0b"))),
            "which may lie outside"));
    evil.add(
        new Evil(
            "link of 5000 bytes",
            pack -> function(pack, entry("120000", "link", pack.blob("x".repeat(5000)))),
            "at most 4000 are allowed"));
    return evil;
  }

  /** What is wrong for a function alone. */
  private static List<Evil> functionFiles() {
    return List.of(
        new Evil(
            "function.yml as a link",
            pack ->
                pack.commit(
                    pack.tree(
                        entry("120000", "function.yml", pack.blob("real.yml")),
                        entry("100644", "real.yml", pack.blob(Work.PYTHON)))),
            "there is no function.yml"));
  }

  private static List<Evil> submodules() {
    List<Evil> evil = new ArrayList<>();
    evil.add(
        new Evil(
            "submodule",
            pack -> function(pack, entry("160000", "library", NOWHERE)),
            "'library' is a submodule"));
    for (String name : List.of(".gitmodules", ".GITMODULES", "gitmod~1", ".gitmodules ")) {
      evil.add(
          new Evil(
              name + " as a link",
              pack -> function(pack, entry("120000", name, pack.blob("x"))),
              "git follows it for submodules"));
    }
    for (String modules :
        List.of(
            "[submodule \"../../hooks\"]\n\tpath = x\n\turl = https://example.com/x\n",
            "[submodule \"x\"]\n\tpath = -x\n\turl = https://example.com/x\n",
            "[submodule \"x\"]\n\tpath = x\n\turl = -u./payload\n")) {
      evil.add(
          new Evil(
              ".gitmodules " + modules.lines().toList(),
              pack -> function(pack, entry("100644", ".gitmodules", pack.blob(modules))),
              ""));
    }
    evil.add(
        new Evil(
            "submodule whose path ends in a carriage return",
            pack -> {
              String modules =
                  pack.blob("[submodule \"x\"]\n\tpath = \"x\r\"\n\turl = https://example.com/x\n");
              return pack.commit(
                  pack.tree(
                      entry("100644", ".gitmodules", modules),
                      entry("100644", "function.yml", pack.blob(Work.PYTHON)),
                      entry("160000", "x", NOWHERE)));
            },
            ""));
    return evil;
  }

  private static List<Evil> trees() {
    return List.of(
        new Evil("the same name twice", EvilPushes::twice, ""),
        new Evil(
            "a file and a folder of one name",
            pack -> {
              String blob = pack.blob("x");
              return pack.commit(
                  pack.tree(
                      entry("120000", "a", blob),
                      entry("40000", "a", pack.tree(entry("100644", "b", blob))),
                      entry("100644", "function.yml", pack.blob(Work.PYTHON))));
            },
            ""),
        new Evil(
            "names in no order",
            pack -> pack.function(List.of(entry("100644", "z", pack.blob("x"))), List.of()),
            ""),
        new Evil(
            "a billion files", pack -> nested(pack, 9, 10), "more than 100000 files and folders"),
        new Evil("a hundred folders deep", pack -> nested(pack, 100, 1), "deeper than 63 folders"),
        new Evil("a million folders deep", pack -> nested(pack, 900, 1), "deeper than 63 folders"),
        new Evil("a path that is too long", EvilPushes::longPath, "more than 1000 bytes"),
        new Evil(
            "a tree cut off",
            pack -> {
              byte[] whole = entry("100644", "function.yml", pack.blob(Work.PYTHON));
              return pack.commit(pack.add(TREE, java.util.Arrays.copyOf(whole, 20)));
            },
            ""));
  }

  private static String twice(PackBuilder pack) {
    byte[] entry = entry("100644", "a", pack.blob("x"));
    return pack.function(List.of(entry, entry), List.of());
  }

  private static String nested(PackBuilder pack, int levels, int width) {
    String below = pack.blob("x");
    String mode = "100644";
    for (int level = 0; level < levels; level++) {
      byte[][] entries = new byte[width][];
      for (int i = 0; i < width; i++) {
        entries[i] = entry(mode, "n" + i, below);
      }
      below = pack.tree(entries);
      mode = "40000";
    }
    return function(pack, entry("40000", "n", below));
  }

  private static String longPath(PackBuilder pack) {
    String below = pack.tree(entry("100644", "x", pack.blob("x")));
    for (int i = 0; i < 5; i++) {
      below = pack.tree(entry("40000", "y".repeat(220), below));
    }
    return function(pack, entry("40000", "n", below));
  }

  private static List<Evil> packs() {
    return List.of(
        pack(
            "10 GiB from a few bytes",
            p -> p.object(BLOB, 10L << 30, new byte[0], new byte[9]),
            "Object too large"),
        pack("a size without end", p -> p.object(BLOB, 1L << 60, new byte[0], new byte[9]), ""),
        pack(
            "a blob larger than it says",
            p -> p.object(BLOB, 3, new byte[0], new byte[MIB]),
            "larger than it says"),
        pack("a tree of 20 MiB", p -> p.add(TREE, new byte[20 * MIB]), "Object too large"),
        pack(
            "a delta to 10 GiB",
            p -> p.offsetDelta(-1, delta(5, 10L << 30, "x")),
            "Object too large"),
        pack("a thousand deltas deep", EvilPushes::deep, "deltas on top of each other"),
        pack("a tree of deltas larger than the memory", EvilPushes::broad, "MiB to unpack"),
        pack("named deltas larger than the memory", EvilPushes::named, "MiB to unpack"),
        pack("a delta on nothing", p -> p.namedDelta(NOWHERE, delta(5, 6, "x")), ""),
        pack("a delta on itself", p -> p.distanceDelta(0, delta(5, 6, "x")), "a delta has no base"),
        pack(
            "a delta on the middle of an object",
            p -> p.distanceDelta(3, delta(5, 6, "x")),
            "a delta has no base"),
        pack(
            "a delta that copies from behind its base",
            p -> p.offsetDelta(-1, new byte[] {5, 6, (byte) 0x91, 90, 6}),
            ""),
        pack(
            "a delta that inserts too much",
            p -> p.offsetDelta(-1, new byte[] {5, 6, 127, 1, 2}),
            ""),
        pack("fewer objects than announced", p -> p.announcing(900), ""),
        pack("more objects than announced", p -> p.announcing(1), ""),
        pack(
            "a hundred million objects announced",
            p -> p.announcing(100_000_000),
            "at most 1000 are allowed"),
        pack(
            "an object of no type",
            p -> p.object(5, 1, new byte[0], new byte[1]),
            "unknown type 5"));
  }

  private static Evil pack(
      String what, java.util.function.Consumer<PackBuilder> more, String words) {
    return new Evil(
        what,
        pack -> {
          String commit = pack.function(List.of(), List.of());
          pack.blob("three".substring(0, 5));
          more.accept(pack);
          return commit;
        },
        words);
  }

  private static void deep(PackBuilder pack) {
    for (int i = 0; i < 900; i++) {
      pack.offsetDelta(-1, delta(5 + i, 6 + i, "x"));
    }
  }

  private static void broad(PackBuilder pack) {
    int large = MIB - 1000;
    pack.add(BLOB, new byte[large]);
    for (int i = 0; i < 60; i++) {
      byte[] delta = delta(large + i, large + i + 1, "x");
      pack.offsetDelta(i == 0 ? -1 : -2, delta).offsetDelta(i == 0 ? -2 : -3, delta);
    }
  }

  private static void named(PackBuilder pack) {
    int large = MIB - 1000;
    byte[] content = new byte[large];
    pack.add(BLOB, content);
    for (int i = 0; i < 60; i++) {
      String base = PackBuilder.id(BLOB, content);
      pack.namedDelta(base, delta(content.length, content.length + 1, "x"));
      pack.namedDelta(base, delta(content.length, content.length + 1, "y"));
      content = java.util.Arrays.copyOf(content, content.length + 1);
      content[content.length - 1] = 'x';
    }
  }

  private static List<Evil> objects() {
    return List.of(
        new Evil("a commit whose tree is not there", pack -> pack.commit(NOWHERE), ""),
        new Evil(
            "a commit whose parent is not there",
            pack -> {
              String tree = pack.tree(entry("100644", "function.yml", pack.blob(Work.PYTHON)));
              return pack.commit("tree " + tree + "\n", "parent " + NOWHERE + "\n");
            },
            ""),
        new Evil(
            "a commit without an author",
            pack -> {
              String tree = pack.tree(entry("100644", "function.yml", pack.blob(Work.PYTHON)));
              return pack.add(COMMIT, bytes("tree " + tree + "\ncommitter " + ADA + "\n\nx\n"));
            },
            ""),
        new Evil("a commit of nothing", pack -> pack.add(COMMIT, new byte[0]), ""),
        new Evil("main as a blob", pack -> pack.blob("x"), "must point to a commit"),
        new Evil(
            "main as a tree",
            pack -> pack.tree(entry("100644", "function.yml", pack.blob(Work.PYTHON))),
            "must point to a commit"),
        new Evil(
            "main as a tag",
            pack -> {
              String commit = pack.function(List.of(), List.of());
              return pack.add(
                  TAG,
                  bytes("object " + commit + "\ntype commit\ntag v1\ntagger " + ADA + "\n\nx\n"));
            },
            "must point to a commit"),
        new Evil("a commit that is not in the pack", pack -> "5".repeat(40), ""));
  }
}
