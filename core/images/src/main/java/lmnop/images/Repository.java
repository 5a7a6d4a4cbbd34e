package lmnop.images;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import lmnop.images.RegistryHttp.Answer;
import lmnop.images.RegistryHttp.Call;
import lmnop.operations.archive.Digest;

/** One repository of a registry. */
public final class Repository implements Blobs {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration UPLOAD = Duration.ofMinutes(30); // of one layer
  private static final int LARGEST_MANIFEST = 4 * 1024 * 1024;
  private static final String BYTES = "application/octet-stream";

  private final RegistryHttp http;
  private final Reference name;
  private final String actions;
  private final String path;

  Repository(RegistryHttp http, Reference name, String actions) {
    this.http = http;
    this.name = name;
    this.actions = actions;
    this.path = "/v2/" + name.repository() + "/";
  }

  @Override
  public InputStream manifest(Digest digest) throws IOException, InterruptedException {
    Call call =
        call("GET", "manifests/" + digest).with("Accept", String.join(", ", MediaTypes.MANIFESTS));
    return body(call, "the image " + name.at(digest));
  }

  /** The digest of the manifest that a tag names now. */
  public Digest resolve(String tag) throws IOException, InterruptedException {
    Call call =
        call("GET", "manifests/" + tag).with("Accept", String.join(", ", MediaTypes.MANIFESTS));
    try (InputStream in = body(call, "the image " + name)) {
      byte[] manifest = in.readNBytes(LARGEST_MANIFEST + 1);
      if (manifest.length > LARGEST_MANIFEST) {
        throw new UnusableImage(
            "the manifest of %s has more than %d bytes".formatted(name, LARGEST_MANIFEST));
      }
      return Digest.of(manifest);
    }
  }

  @Override
  public InputStream blob(Digest digest) throws IOException, InterruptedException {
    return body(call("GET", "blobs/" + digest), "the part " + digest + " of " + name);
  }

  private InputStream body(Call call, String what) throws IOException, InterruptedException {
    Answer answer = http.send(call);
    if (answer.status() != 200) {
      throw http.failure(call, answer, what);
    }
    return answer.body();
  }

  /** Whether a blob is there. */
  public boolean has(Digest digest) throws IOException, InterruptedException {
    Call call = call("HEAD", "blobs/" + digest);
    try (Answer answer = http.send(call)) {
      return switch (answer.status()) {
        case 200 -> true;
        case 404 -> false;
        default -> throw http.failure(call, answer, "the part " + digest + " of " + name);
      };
    }
  }

  /** Sends a file as a blob, unless it is there. */
  public void send(Digest digest, Path file) throws IOException, InterruptedException {
    send(digest, BodyPublishers.ofFile(file));
  }

  /** Sends bytes as a blob, unless they are there. */
  public void send(Digest digest, byte[] bytes) throws IOException, InterruptedException {
    send(digest, BodyPublishers.ofByteArray(bytes));
  }

  private void send(Digest digest, BodyPublisher content) throws IOException, InterruptedException {
    if (has(digest)) {
      return;
    }
    String what = "a place for " + digest + " in " + name;
    Call begin = call("POST", "blobs/uploads/");
    URI place;
    try (Answer answer = http.send(begin)) {
      if (answer.status() != 202) {
        throw http.failure(begin, answer, what);
      }
      place = http.next(begin, answer);
    }
    String query = (place.getRawQuery() == null ? "?" : "&") + "digest=" + digest;
    Call put =
        begin
            .to("PUT", URI.create(place + query))
            .with("Content-Type", BYTES)
            .sending(content, UPLOAD);
    try (Answer answer = http.send(put)) {
      if (answer.status() != 201) {
        throw http.failure(put, answer, what);
      }
    }
  }

  /**
   * Takes a blob over from another repository of this registry, without sending it; false where the
   * registry does not do that.
   */
  public boolean takeOver(Digest digest, Reference from) throws IOException, InterruptedException {
    if (!from.host().equals(name.host())) {
      return false;
    }
    String asked = "blobs/uploads/?mount=%s&from=%s".formatted(digest, from.repository());
    Call mount = call("POST", asked);
    try (Answer answer = http.send(mount)) {
      if (answer.status() == 202) { // it has begun an upload instead, which nobody needs
        http.send(mount.to("DELETE", http.next(mount, answer))).close();
      }
      return answer.status() == 201;
    }
  }

  /** Sends a manifest, whose parts are all there. */
  public void sendManifest(byte[] json, String reference) throws IOException, InterruptedException {
    Call put =
        call("PUT", "manifests/" + reference)
            .with("Content-Type", MediaTypes.MANIFEST)
            .sending(BodyPublishers.ofByteArray(json), ANSWER);
    try (Answer answer = http.send(put)) {
      if (answer.status() != 201) {
        throw http.failure(put, answer, "a place for the manifest of " + name);
      }
    }
  }

  private Call call(String method, String what) {
    return new Call(
        method,
        http.base(name.host()).resolve(path + what),
        name.host(),
        "repository:%s:%s".formatted(name.repository(), actions),
        Map.of(),
        BodyPublishers.noBody(),
        ANSWER);
  }
}
