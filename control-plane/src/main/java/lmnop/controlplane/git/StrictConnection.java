package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URL;
import org.eclipse.jgit.transport.http.JDKHttpConnection;
import org.springframework.util.unit.DataSize;

/**
 * A connection to a git server that is not trusted: what it sends is counted, and it cannot send
 * whoever asks to another address, such as one of this machine or its network.
 */
final class StrictConnection extends JDKHttpConnection {
  private static final int REDIRECTS = 3; // hundreds

  private final DataSize most;

  StrictConnection(URL url, Proxy proxy, DataSize most) throws IOException {
    super(url, proxy);
    this.most = most;
    setInstanceFollowRedirects(false);
  }

  @Override
  public int getResponseCode() throws IOException {
    int status = super.getResponseCode();
    if (status / 100 == REDIRECTS) {
      throw new SourceRefused(
          "%s redirects to %s, and no redirect is followed: name the address where it is now."
              .formatted(getURL(), EntryNames.visible(String.valueOf(getHeaderField("Location")))));
    }
    return status;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new LimitedStream(
        super.getInputStream(),
        most.toBytes(),
        "it sends more than %d MiB".formatted(most.toMegabytes()));
  }
}
