package lmnop.builderworker.build;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.UnsafeArchive;

/** {@link Stage#CHECKOUT}: the commit's tree, unpacked. */
final class Checkout implements StageWork {
  @Override
  public void run(Build build) throws BuildFailure, IOException, InterruptedException {
    try {
      build
          .controlPlane()
          .source(
              build.order().buildId(),
              tar -> {
                Counted counted = new Counted(new BufferedInputStream(tar));
                TarReader.unpack(counted, build.workspace().source(), TarReader.Budget.SOURCE);
                build
                    .log()
                    .say(
                        Stage.CHECKOUT,
                        "commit %s, %s"
                            .formatted(build.order().shortCommit(), Sizes.text(counted.count)));
              });
    } catch (UnsafeArchive e) {
      throw BuildFailure.user(
          "the repository cannot be unpacked: " + e.getMessage() + "; change it and push again");
    }
    for (FunctionBuild function : build.functions()) {
      if (!Files.isDirectory(function.order().directoryIn(build.workspace().source()))) {
        throw BuildFailure.user(
            "the repository has no directory '%s', which is said to hold %s"
                .formatted(function.order().root(), function.order().name()));
      }
    }
  }

  private static final class Counted extends FilterInputStream {
    private long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count += Math.max(0, n);
      return n;
    }
  }
}
