package lmnop.controlplane.web;

import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/** The function that a request is about. */
public record NamedFunction(OwnerName owner, FunctionName function) {
  /** Reads it from the path. */
  public static NamedFunction of(ServerRequest request) {
    try {
      return new NamedFunction(
          new OwnerName(request.pathVariable(Access.OWNER)),
          new FunctionName(request.pathVariable("function")));
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  /** The path of its page, and below the API's root of what is known of it. */
  public String path() {
    return "/functions/" + owner + "/" + function;
  }
}
