package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes and removes groups, as the kernel lets one: by folders, whose files are its own matter. */
interface GroupFolders {
  /** Makes a group; its files are there at once. */
  void make(Path group) throws IOException;

  /** Removes a group without processes, with its files. */
  void remove(Path group) throws IOException;

  /** Those of the kernel. */
  static GroupFolders ofKernel() {
    return new GroupFolders() {
      @Override
      public void make(Path group) throws IOException {
        Files.createDirectories(group);
      }

      @Override
      public void remove(Path group) throws IOException {
        Files.delete(group);
      }
    };
  }
}
