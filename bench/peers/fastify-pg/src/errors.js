/** Errors with an HTTP status, and the contract's error answer. */

export class HttpError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function send(request, reply, status, code, message, details) {
  return reply.code(status).send({
    success: false,
    error: { code, message, details, timestamp: new Date().toISOString(), requestId: request.id },
  });
}

export function notFound(request, reply) {
  return send(request, reply, 404, "NOT_FOUND", "Resource not found");
}

export function handleErrors(error, request, reply) {
  if (error instanceof HttpError) return send(request, reply, error.status, error.code, error.message);
  if (error.validation) {
    const fields = error.validation.map(({ instancePath, params, message }) => [
      instancePath.slice(1) || params.missingProperty || error.validationContext,
      message,
    ]);
    return send(request, reply, 422, "VALIDATION_ERROR", "Validation failed", Object.fromEntries(fields));
  }
  if (error.statusCode === 429) return send(request, reply, 429, "RATE_LIMIT_EXCEEDED", "Too many requests");
  if (error.statusCode >= 400 && error.statusCode < 500) {
    return send(request, reply, error.statusCode, "BAD_REQUEST", "Bad request");
  }
  request.log.error(error);
  return send(request, reply, 500, "INTERNAL_ERROR", "Internal server error");
}
