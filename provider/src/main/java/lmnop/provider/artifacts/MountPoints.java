package lmnop.provider.artifacts;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.images.ImageConfig;

/**
 * Makes in an image what its instances' sandboxes need to be there, as nothing can be added once it
 * is read-only. Links are followed now, once, and never by whoever mounts.
 */
final class MountPoints {
  private static final List<String> FOLDERS =
      List.of("/proc", "/dev", "/tmp", "/var/openfaas/secrets");
  private static final List<String> FILES = List.of("passwd", "group", "hosts", "resolv.conf");

  private MountPoints() {}

  /** Gives for each mount point where it is. */
  static Map<String, String> make(RootFolder root, ImageConfig config) throws IOException {
    Map<String, String> places = new HashMap<>();
    for (String folder : FOLDERS) {
      places.put(folder, root.name(root.directory(folder)));
    }
    for (String file : FILES) {
      Path place = root.emptyOrKept("/etc", file);
      places.put("/etc/" + file, root.name(place));
    }
    root.directory(config.workingDirectory()); // as Docker does where it is missing
    return places;
  }
}
