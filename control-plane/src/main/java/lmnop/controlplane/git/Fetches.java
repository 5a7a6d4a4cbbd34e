package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.pack.PackConfig;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.RefAdvertiser.PacketLineOutRefAdvertiser;
import org.eclipse.jgit.transport.UploadPack;
import org.eclipse.jgit.transport.UploadPackInternalServerErrorException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clones and fetches. Everything here blocks. */
public final class Fetches {
  private static final long LONGEST_REQUEST = 16L * 1024 * 1024; // wants and haves

  private static final Logger log = LoggerFactory.getLogger(Fetches.class);

  private final Repositories repositories;

  public Fetches(Repositories repositories) {
    this.repositories = repositories;
  }

  void advertise(long id, Optional<String> protocol, OutputStream out) throws IOException {
    try (Repository repository = repositories.open(id)) {
      PacketLineOut lines = new PacketLineOut(out);
      uploadPack(repository, protocol)
          .sendAdvertisedRefs(new PacketLineOutRefAdvertiser(lines), GitApi.UPLOAD_PACK);
    }
  }

  void serve(long id, Optional<String> protocol, RequestBody body, OutputStream out)
      throws IOException {
    try (Repository repository = repositories.open(id);
        InputStream in = body.open()) {
      InputStream request =
          new NoRelativeDepth(new LimitedStream(in, LONGEST_REQUEST, "the request is too long"));
      Exchange.run(out, answer -> upload(uploadPack(repository, protocol), request, answer));
    }
  }

  private static void upload(UploadPack upload, InputStream request, OutputStream answer)
      throws IOException {
    try {
      upload.upload(request, answer, null);
    } catch (UploadPackInternalServerErrorException e) {
      log.info("a fetch failed, and was told so: {}", String.valueOf(e.getCause()));
    }
  }

  private static UploadPack uploadPack(Repository repository, Optional<String> protocol) {
    UploadPack upload = new UploadPack(repository);
    PackConfig packing = new PackConfig(repository);
    packing.setThreads(1);
    packing.setDeltaCompress(false); // deltas that are there are sent; a search takes much memory
    upload.setPackConfig(packing);
    upload.setBiDirectionalPipe(false);
    upload.setRefFilter(Fetches::visible);
    protocol.ifPresent(header -> upload.setExtraParameters(GitApi.parameters(header)));
    return upload;
  }

  /** What everybody may see: branches, tags, and where {@code HEAD} is. */
  static Map<String, Ref> visible(Map<String, Ref> refs) {
    Map<String, Ref> visible = new TreeMap<>(refs);
    visible.keySet().removeIf(name -> !name.equals("HEAD") && !isPublic(name));
    return visible;
  }

  static boolean isPublic(String ref) {
    return ref.startsWith("refs/heads/") || ref.startsWith("refs/tags/");
  }
}
