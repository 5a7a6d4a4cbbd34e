package lmnop.standalone;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import lmnop.standalone.apps.App;
import lmnop.standalone.machine.Ports;

/** A folder that looks like a built lmnop whose four apps are {@link StandInApp}. */
final class Home {
  private Home() {}

  static Path in(Path folder) throws IOException {
    for (App app : App.values()) {
      Path jar = app.jar(folder);
      Files.createDirectories(jar.getParent());
      Manifest manifest = new Manifest();
      manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
      manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StandInApp.class.getName());
      String name = StandInApp.class.getName().replace('.', '/') + ".class";
      try (OutputStream file = Files.newOutputStream(jar);
          JarOutputStream out = new JarOutputStream(file, manifest);
          InputStream code = StandInApp.class.getResourceAsStream("/" + name)) {
        out.putNextEntry(new JarEntry(name));
        if (code == null) {
          throw new IOException(name + " is not on the class path");
        }
        code.transferTo(out);
      }
    }
    return folder;
  }

  /** A base below which ten ports are free, away from those that users choose. */
  static Ports freePorts() {
    java.util.Random random = new java.util.Random();
    while (true) {
      Ports ports = new Ports(20_000 + random.nextInt(12_000));
      if (ports.all().stream().allMatch(port -> Ports.isFree("127.0.0.1", port.number()))) {
        return ports;
      }
    }
  }
}
