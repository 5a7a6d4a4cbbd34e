package lmnop.controlplane.git;

import java.util.Optional;
import java.util.Set;
import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectChecker;
import org.jspecify.annotations.Nullable;

/** Git's own check of every object that is received, and ours of every name and mode in a tree. */
final class ReceivedObjects extends ObjectChecker {
  private static final int ID = 20; // bytes

  /** All that git writes, and what it wrote in its first year. */
  private static final Set<Integer> MODES =
      Set.of(0100644, 0100664, 0100755, 0040000, 0120000, 0160000);

  @Override
  public void checkTree(@Nullable AnyObjectId id, byte[] raw) throws CorruptObjectException {
    int at = 0;
    while (at < raw.length) {
      at = checkEntry(raw, at);
    }
    super.checkTree(id, raw);
  }

  /** Gives the place of the next entry; of a broken one git's own check says more. */
  private static int checkEntry(byte[] raw, int start) throws CorruptObjectException {
    int mode = 0;
    int at = start;
    for (; at < raw.length && raw[at] != ' '; at++) {
      mode = (mode << 3) | (raw[at] - '0');
    }
    int from = Math.min(at + 1, raw.length);
    int to = from;
    while (to < raw.length && raw[to] != 0) {
      to++;
    }
    Optional<String> problem = EntryNames.problem(raw, from, to, FileMode.SYMLINK.equals(mode));
    if (problem.isPresent()) {
      throw new CorruptObjectException(problem.get());
    }
    if (!MODES.contains(mode)) {
      throw new CorruptObjectException(
          "a file has the mode %o, which git never writes".formatted(mode));
    }
    return to + 1 + ID;
  }
}
