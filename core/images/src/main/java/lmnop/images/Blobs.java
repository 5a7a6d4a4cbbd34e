package lmnop.images;

import java.io.IOException;
import java.io.InputStream;
import lmnop.operations.archive.Digest;

/** Where the parts of images lie by digest. Nothing read from there is verified yet. */
public interface Blobs {
  /** Opens the manifest or index of the given digest. */
  InputStream manifest(Digest digest) throws IOException, InterruptedException;

  /** Opens a configuration or a layer. */
  InputStream blob(Digest digest) throws IOException, InterruptedException;
}
