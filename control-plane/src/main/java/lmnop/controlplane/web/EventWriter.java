package lmnop.controlplane.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Writes what happens, as it does: as server-sent events to those who accept them, as a line of
 * JSON each to others.
 */
public final class EventWriter {
  private final OutputStream out;
  private final boolean events;

  EventWriter(OutputStream out, MediaType type) {
    this.out = out;
    this.events = type.equals(MediaType.TEXT_EVENT_STREAM);
  }

  /** What a request is answered with. */
  static MediaType type(ServerRequest request) {
    try {
      return request.headers().accept().stream()
              .anyMatch(MediaType.TEXT_EVENT_STREAM::equalsTypeAndSubtype)
          ? MediaType.TEXT_EVENT_STREAM
          : MediaType.APPLICATION_NDJSON;
    } catch (InvalidMediaTypeException e) {
      throw new Refusal(
          HttpStatus.NOT_ACCEPTABLE,
          "Accept is no list of media types: text/event-stream and application/x-ndjson can be had.");
    }
  }

  /**
   * Writes a line of what is asked for.
   *
   * @param data of one line
   */
  public void line(String event, @Nullable String id, String data) throws IOException {
    if (events) {
      write("event: " + event + (id == null ? "" : "\nid: " + id) + "\ndata: " + data + "\n\n");
    } else {
      write(data + "\n");
    }
  }

  /** Writes what only those are told who accept events. */
  public void event(String event, String data) throws IOException {
    if (events) {
      line(event, null, data);
    }
  }

  /** Writes something that means nothing, by which a reader who left is noticed. */
  public void pulse() throws IOException {
    write(events ? ":\n\n" : "\n");
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
