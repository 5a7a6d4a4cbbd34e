package lmnop.controlplane.configuration;

import java.io.IOException;
import java.util.Optional;

/** The commit that a file lies in, as far as the file speaks of it. */
public interface Source {
  /**
   * The name that git gives to all that is in a folder, the same for the same files.
   *
   * @param path without a slash at its ends; empty for the whole
   * @return empty if nothing is there, or something else, a link among it
   */
  Optional<String> folder(String path) throws IOException;

  /**
   * The name that git gives to a file or a folder, the same for the same content and rights.
   *
   * @return empty if nothing is there, or a link or a submodule
   */
  Optional<String> named(String path) throws IOException;

  /** What a file holds that is there. */
  Optional<byte[]> file(String path) throws IOException;
}
