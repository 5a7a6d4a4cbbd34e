package lmnop.controlplane.api;

import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/** The function that a request is about. */
record Named(OwnerName owner, FunctionName function) {
  /** Reads it from the path. */
  static Named of(ServerRequest request) {
    try {
      return new Named(
          new OwnerName(request.pathVariable("owner")),
          new FunctionName(request.pathVariable("function")));
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  /** What is said where there is none, and where it is not theirs to see. */
  Refusal unknown() {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no function '%s' of %s, or it is not yours to see: GET %s/functions lists those that are."
            .formatted(function, owner, Api.ROOT));
  }

  /** Its address, or that of what belongs to it. */
  String path(String below) {
    return "%s/functions/%s/%s%s".formatted(Api.ROOT, owner, function, below);
  }
}
