package lmnop.provider.artifacts;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import lmnop.images.Descriptor;
import lmnop.images.ImageManifest;
import lmnop.images.MediaTypes;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.Repository;
import lmnop.operations.archive.Digest;
import tools.jackson.databind.json.JsonMapper;

/** Makes images as small as possible. */
public final class TestImage {
  /** Debian's busybox-static: a system in one file. */
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  /** How layers travel. */
  public enum Packing {
    PLAIN,
    GZIP,
    ZSTD
  }

  private final Map<String, Object> config = new LinkedHashMap<>();
  private final List<byte[]> layers = new ArrayList<>();
  private final Map<String, Object> fields = new HashMap<>();
  private Packing packing = Packing.GZIP;

  private TestImage() {
    fields.put("architecture", processor());
    fields.put("os", "linux");
  }

  /** Go's word for this machine's processor. */
  static String processor() {
    String java = System.getProperty("os.arch"); // house-rule exception: which machine this is
    return ImageManifest.architecture(java);
  }

  /** An image of these layers, which starts nothing yet. */
  public static TestImage of(TestLayer... layers) {
    TestImage image = new TestImage();
    for (TestLayer layer : layers) {
      image.layers.add(layer.bytes());
    }
    return image;
  }

  /**
   * An image that prints {@code hello} and where it starts, answers {@code text} at {@code /}, is
   * healthy, and runs the body of a POST to {@code /cgi-bin/run} in a shell and answers its output.
   */
  public static TestImage server(String text) {
    try {
      TestLayer system =
          new TestLayer()
              .file("bin/busybox", 0755, Files.readAllBytes(BUSYBOX))
              .symbolicLink("bin/sh", "busybox")
              .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/srv:/bin/sh\n");
      TestLayer site =
          new TestLayer()
              .file("srv/_/health", "well")
              .file("srv/index.html", text)
              .file("srv/secretive", "only its owner may read it")
              .file(
                  "srv/cgi-bin/run",
                  0700,
                  """
                  #!/bin/sh
                  export PATH=/bin
                  printf 'Content-Type: text/plain\\r\\n\\r\\n'
                  busybox head -c "$CONTENT_LENGTH" | busybox sh 2>&1
                  """
                      .getBytes(StandardCharsets.UTF_8));
      return of(system, site)
          .with(
              "Entrypoint",
              List.of(
                  "/bin/sh",
                  "-c",
                  "echo hello; echo in $(busybox pwd); exec busybox httpd -f -p 8080 -h /srv"))
          .with("Env", List.of("PATH=/bin", "COLOUR=green"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets a field of how it is started. */
  public TestImage with(String field, Object value) {
    config.put(field, value);
    return this;
  }

  /** Sets a field beside that. */
  TestImage field(String name, Object value) {
    fields.put(name, value);
    return this;
  }

  TestImage packed(Packing how) {
    packing = how;
    return this;
  }

  private byte[] packed(byte[] layer) {
    return switch (packing) {
      case PLAIN -> layer;
      case ZSTD -> Zstd.compress(layer);
      case GZIP -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
          gzip.write(layer);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        yield out.toByteArray();
      }
    };
  }

  /** All parts, the manifest last. */
  private List<byte[]> parts() {
    List<byte[]> parts = new ArrayList<>();
    List<Descriptor> descriptors = new ArrayList<>();
    for (byte[] layer : layers) {
      byte[] packed = packed(layer);
      parts.add(packed);
      descriptors.add(descriptor(MediaTypes.LAYER_GZIP, packed));
    }
    fields.put("config", config);
    fields.putIfAbsent(
        "rootfs",
        Map.of(
            "type",
            "layers",
            "diff_ids",
            layers.stream().map(layer -> Digest.of(layer).toString()).toList()));
    byte[] json = JsonMapper.shared().writeValueAsBytes(fields);
    parts.add(json);
    parts.add(new ImageManifest(descriptor(MediaTypes.CONFIG, json), descriptors).json());
    return parts;
  }

  private static Descriptor descriptor(String type, byte[] part) {
    return new Descriptor(type, Digest.of(part), part.length);
  }

  /** Writes its parts into an artifact store and gives the name of the image. */
  public String into(Path artifacts) {
    List<byte[]> parts = parts();
    try {
      Path folder = Files.createDirectories(artifacts.resolve("sha256"));
      for (byte[] part : parts) {
        Files.write(folder.resolve(Digest.of(part).hex()), part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "bundle@" + Digest.of(parts.getLast());
  }

  /** Pushes it and gives its reference. */
  public Reference into(Registry registry, String repository)
      throws IOException, InterruptedException {
    List<byte[]> parts = parts();
    Reference reference = Reference.parse(repository).at(Digest.of(parts.getLast()));
    Repository target = registry.toPush(reference);
    for (byte[] part : parts.subList(0, parts.size() - 1)) {
      target.send(Digest.of(part), part);
    }
    target.sendManifest(parts.getLast(), reference.requireDigest().toString());
    return reference;
  }
}
