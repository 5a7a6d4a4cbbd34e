package lmnop.controlplane.git;

import java.io.IOException;
import java.util.Arrays;

/**
 * How the objects of a pack build on each other, to know before it is unpacked how much memory that
 * takes.
 *
 * <p>JGit goes from a base to all that builds on it, in depth, and keeps each object in memory that
 * others still build on. A few bytes can describe a tree of deltas that is larger than any heap.
 */
final class PackDeltas {
  private static final int WHOLE = -1;
  private static final int NAMED = -2; // its base may lie anywhere

  private final int deepest;
  private long[] offsets = new long[64];
  private int[] bases = new int[64]; // index of the base
  private int[] sizes = new int[64];
  private int[] work = new int[64]; // size of the delta itself
  private int[] depths = new int[64];
  private boolean[] structures = new boolean[64]; // whether it surely is no file
  private long[] namedBases = new long[0]; // sizes
  private int namedCount;
  private int count;

  /**
   * Knows nothing yet.
   *
   * @param deepest how many deltas may build on each other
   */
  PackDeltas(int deepest) {
    this.deepest = deepest;
  }

  /**
   * An object that builds on nothing.
   *
   * @param structure whether it is a commit, a folder or a tag
   */
  void whole(long offset, long size, boolean structure) {
    add(offset, WHOLE, size, 0, 0, structure);
  }

  /**
   * A delta whose base comes before it in the same pack.
   *
   * @return whether it is a commit, a folder or a tag
   */
  boolean onOffset(long offset, long baseOffset, long baseSize, long size, long delta)
      throws IOException {
    int base = Arrays.binarySearch(offsets, 0, count, baseOffset);
    if (base < 0) {
      throw new IOException("the pack is broken: a delta has no base");
    }
    if (sizes[base] != baseSize) {
      throw new IOException("the pack is broken: a delta does not fit its base");
    }
    add(offset, base, size, delta, depths[base] + 1, structures[base]);
    if (depths[count - 1] > deepest) {
      throw new IOException(
          "there are more than %d deltas on top of each other: run git repack -a -d -f first"
              .formatted(deepest));
    }
    return structures[base];
  }

  /** A delta whose base is named; it is in the repository already, or somewhere in the pack. */
  void onName(long offset, long baseSize, long size, long delta) {
    if (namedCount == namedBases.length) {
      namedBases = Arrays.copyOf(namedBases, Math.max(64, namedCount * 2));
    }
    namedBases[namedCount++] = baseSize;
    add(offset, NAMED, size, delta + baseSize, 1, false);
  }

  private void add(long offset, int base, long size, long delta, int depth, boolean structure) {
    if (count == offsets.length) {
      int larger = count * 2;
      offsets = Arrays.copyOf(offsets, larger);
      bases = Arrays.copyOf(bases, larger);
      sizes = Arrays.copyOf(sizes, larger);
      work = Arrays.copyOf(work, larger);
      depths = Arrays.copyOf(depths, larger);
      structures = Arrays.copyOf(structures, larger);
    }
    offsets[count] = offset;
    bases[count] = base;
    sizes[count] = saturated(size);
    work[count] = saturated(delta);
    depths[count] = depth;
    structures[count] = structure;
    count++;
  }

  private static int saturated(long size) {
    return (int) Math.min(size, Integer.MAX_VALUE);
  }

  /** The most memory that the deltas may take at once, in bytes. */
  long memory() {
    byte[] children = new byte[count]; // 0, 1, or 2 for more
    for (int i = 0; i < count; i++) {
      if (bases[i] >= 0 && children[bases[i]] < 2) {
        children[bases[i]]++;
      }
    }
    long[] kept = new long[count]; // of what an object builds on, but not its own base
    long most = 0;
    for (int i = 0; i < count; i++) {
      int base = bases[i];
      if (base >= 0) {
        boolean stays = bases[base] >= 0 && children[bases[base]] > 1;
        kept[i] = kept[base] + (stays ? sizes[bases[base]] : 0);
        most = Math.max(most, kept[i] + sizes[base] + sizes[i] + work[i]);
      } else if (base == NAMED) {
        most = Math.max(most, (long) sizes[i] + work[i]);
      }
    }
    return most * (1 + namedInPack());
  }

  /**
   * How many named bases may be in this pack, as far as their size tells: each of them may join two
   * chains of deltas to a longer one.
   */
  private long namedInPack() {
    int[] known = Arrays.copyOf(sizes, count);
    Arrays.sort(known);
    return Arrays.stream(namedBases, 0, namedCount)
        .filter(size -> Arrays.binarySearch(known, saturated(size)) >= 0)
        .count();
  }
}
