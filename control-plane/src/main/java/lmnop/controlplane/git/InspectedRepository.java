package lmnop.controlplane.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.transport.PackParser;
import org.springframework.util.unit.DataSize;

/**
 * A repository for a moment, whose packs are looked at before they are unpacked, whichever way they
 * come. JGit has no limit of its own for what it fetches.
 */
final class InspectedRepository extends FileRepository {
  private static final long DRAINED = DataSize.ofGigabytes(4).toBytes();

  private final PackInspection.Rules rules;

  InspectedRepository(Path folder, PackInspection.Rules rules) throws IOException {
    super(folder.toFile());
    this.rules = rules;
  }

  @Override
  public ObjectInserter newObjectInserter() {
    return new Inserter(super.newObjectInserter());
  }

  /** Nobody tidies up what is thrown away in a moment: it would go on while it is removed. */
  @Override
  public void autoGC(ProgressMonitor monitor) {}

  private final class Inserter extends ObjectInserter.Filter {
    private final ObjectInserter delegate;

    Inserter(ObjectInserter delegate) {
      this.delegate = delegate;
    }

    @Override
    protected ObjectInserter delegate() {
      return delegate;
    }

    @Override
    public PackParser newPackParser(InputStream in) throws IOException {
      return super.newPackParser(new HeardOut(in, rules));
    }
  }

  /**
   * A pack of which also the rest is taken where it is refused: JGit serves repositories of this
   * machine from a thread of this process, which prints a stack trace when nobody listens any more.
   */
  private static final class HeardOut extends FilterInputStream {
    private final InputStream pack;

    HeardOut(InputStream pack, PackInspection.Rules rules) {
      super(PackInspection.of(pack, rules));
      this.pack = pack;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        return super.read(buffer, offset, length);
      } catch (IOException refused) {
        try {
          new LimitedStream(pack, DRAINED, "it is too much")
              .transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
          refused.addSuppressed(e);
        }
        throw refused;
      }
    }
  }
}
