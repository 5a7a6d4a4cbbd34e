package lmnop.builderworker.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.builderworker.artifact.Manifest;
import lmnop.images.Descriptor;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.ImageReader;
import lmnop.images.MediaTypes;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.Repository;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import org.jspecify.annotations.Nullable;

/**
 * Makes images of what templates leave: a base, the dependencies, the code. The same parts give the
 * same image, byte for byte.
 */
public final class TemplateImages {
  private static final String HOME = "/home/lmnop";
  private static final String DEPENDENCIES = HOME + "/.dependencies";
  private static final int PORT = 8080;

  /**
   * A pod is called at an address of its own, so a program that listens on 127.0.0.1 is not reached
   * there.
   */
  private static final String ANYWHERE = "0.0.0.0";

  private static final String WATCHDOG = "/fwatchdog"; // where of-watchdog's image has it
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Registry registry;
  private final ImageBuildSettings settings;
  private final String architecture;

  public TemplateImages(Registry registry, ImageBuildSettings settings, String architecture) {
    this.registry = registry;
    this.settings = settings;
    this.architecture = architecture;
  }

  /**
   * What an image is made of.
   *
   * @param code the code layer as a directory
   * @param dependencies the dependency layer as a directory, if there is one
   * @param work a directory for what is made on the way
   */
  public record Parts(
      String template, Path code, @Nullable Path dependencies, Manifest.Start start, Path work) {}

  /** An image that cannot be made; the message says what the operator does. */
  public static final class Impossible extends Exception {
    private static final long serialVersionUID = 1L;

    Impossible(String message) {
      super(message);
    }
  }

  /** An image that went to its target. */
  public record Made(String reference, long bytes) {}

  /** Makes an image and puts it where it goes. */
  public Made make(Parts parts, ImageTarget target)
      throws IOException, InterruptedException, Impossible {
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> unpacked = new ArrayList<>();
    ImageConfig base = add(base(parts.template()), target, parts.work(), layers, unpacked);
    boolean forwarded = parts.start().portFixed();
    if (forwarded) {
      add(forwarder(parts.start()), target, parts.work(), layers, unpacked);
    }
    for (ImageLayer layer : own(parts)) {
      target.put(layer.packed().digest(), layer.file());
      layers.add(layer.packed());
      unpacked.add(layer.unpacked());
    }
    byte[] config = new ImageStart(parts.start(), base, forwarded).config(architecture, unpacked);
    Descriptor described = new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length);
    Path file = Files.write(parts.work().resolve("config.json"), config);
    target.put(described.digest(), file);
    String reference = target.finish(new ImageManifest(described, layers).json());
    return new Made(reference, layers.stream().mapToLong(Descriptor::size).sum());
  }

  private Reference base(String template) throws Impossible {
    String base = settings.bases().get(template);
    if (base == null) {
      throw new Impossible(
          "images of the template %s have nothing to stand on: the operator sets images.bases[%s]"
              .formatted(template, template));
    }
    return Reference.parse(base);
  }

  private Reference forwarder(Manifest.Start start) throws Impossible {
    if (settings.forwarder() == null) {
      throw new Impossible(
          "its program listens on port %d and an image has to on %d: let it read PORT, or the"
                  .formatted(start.port(), PORT)
              + " operator sets images.forwarder");
    }
    return Reference.parse(settings.forwarder());
  }

  /** Adds the layers of an image that somebody else made. */
  private ImageConfig add(
      Reference reference,
      ImageTarget target,
      Path work,
      List<Descriptor> layers,
      List<Digest> unpacked)
      throws IOException, InterruptedException, Impossible {
    try {
      Repository from = registry.toPull(reference);
      ImageReader image = ImageReader.read(from, reference.requireDigest(), architecture);
      for (Descriptor layer : image.manifest().layers()) {
        if (!target.has(layer.digest())) {
          Path file = work.resolve("base-" + layer.digest().hex());
          fetch(from, layer, file);
          target.put(layer.digest(), file);
          Files.delete(file);
        }
        layers.add(layer);
      }
      unpacked.addAll(image.config().layers());
      return image.config();
    } catch (UnusableImage e) {
      throw new Impossible("the image %s: %s".formatted(reference, e.getMessage()));
    }
  }

  private static void fetch(Repository from, Descriptor layer, Path file)
      throws IOException, InterruptedException {
    try (InputStream in = from.blob(layer.digest());
        Digest.Sink sink = new Digest.Sink(Files.newOutputStream(file))) {
      copy(in, sink, layer.size());
      if (!sink.digest().equals(layer.digest())) {
        throw new UnusableImage("its layer " + layer.digest() + " came as something else");
      }
    }
  }

  private static void copy(InputStream in, OutputStream out, long size) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long left = size;
    int count;
    while ((count = in.read(buffer)) > 0) {
      left -= count;
      if (left < 0) {
        throw new UnusableImage("a layer of it is larger than its manifest says");
      }
      out.write(buffer, 0, count);
    }
  }

  private static List<ImageLayer> own(Parts parts) throws IOException {
    List<ImageLayer> layers = new ArrayList<>();
    Path dependencies = parts.dependencies();
    if (dependencies != null) {
      layers.add(
          ImageLayer.pack(
              parts.work().resolve("image-dependencies"),
              tar -> {
                folders(tar, DEPENDENCIES);
                tar.tree(dependencies, DEPENDENCIES.substring(1) + "/");
              }));
    }
    layers.add(
        ImageLayer.pack(
            parts.work().resolve("image-code"),
            tar -> {
              folders(tar, HOME);
              tar.tree(parts.code(), HOME.substring(1) + "/");
              if (Files.exists(parts.code().resolve("entrypoint"))) {
                tar.symbolicLink("entrypoint", HOME + "/entrypoint");
              }
            }));
    return layers;
  }

  private static void folders(TarWriter tar, String path) throws IOException {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      tar.directory(path.substring(1, slash));
    }
    tar.directory(path.substring(1));
  }

  /** How an image is started. */
  private record ImageStart(Manifest.Start start, ImageConfig base, boolean forwarded) {
    byte[] config(String architecture, List<Digest> layers) {
      List<String> command = start.command().stream().map(ImageStart::filled).toList();
      Map<String, String> environment = new TreeMap<>(base.environment());
      environment.put("HOME", HOME);
      if (!forwarded) {
        environment.put("HOST", ANYWHERE);
      }
      environment.put("PATH", path());
      start.environment().forEach((name, value) -> environment.put(name, filled(value)));
      Map<String, String> labels = new TreeMap<>();
      if (forwarded) {
        environment.put("mode", "http");
        environment.put("port", "" + PORT);
        environment.put("upstream_url", "http://127.0.0.1:" + start.port());
        environment.put("fprocess", String.join(" ", command));
        environment.put("PORT", "" + start.port());
      } else {
        environment.put("PORT", "" + PORT);
        labels.put(ImageConfig.HEALTH_LABEL, start.health() == null ? "" : start.health());
      }
      return new ImageConfig(
              architecture,
              forwarded ? List.of(WATCHDOG) : command,
              environment,
              filled(start.workingDirectory()),
              base.user(),
              labels,
              layers)
          .json();
    }

    private String path() {
      List<String> all = new ArrayList<>(start.path().stream().map(ImageStart::filled).toList());
      all.add(base.environment().getOrDefault("PATH", TemplateImages.PATH));
      return String.join(":", all);
    }

    private static String filled(String text) {
      return text.replace("${code}", HOME).replace("${dependencies}", DEPENDENCIES);
    }
  }
}
