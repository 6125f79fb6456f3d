/** Errors with an HTTP status and the contract's error answer. */

import type { NextFunction, Request, Response } from "express";
import { ZodError } from "zod";

export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

export function sendError(req: Request, res: Response, error: HttpError): void {
  res.status(error.status).json({
    success: false,
    error: {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
      timestamp: new Date().toISOString(),
      requestId: req.id,
    },
  });
}

export function notFound(req: Request, res: Response): void {
  sendError(req, res, new HttpError(404, "NOT_FOUND", "Resource not found"));
}

export function handleErrors(error: unknown, req: Request, res: Response, _next: NextFunction): void {
  if (error instanceof HttpError) return sendError(req, res, error);
  if (error instanceof ZodError) {
    const fields = Object.fromEntries(error.issues.map((issue) => [issue.path.join("."), issue.message]));
    return sendError(req, res, new HttpError(422, "VALIDATION_ERROR", "Validation failed", fields));
  }
  const status = (error as { status?: number }).status;
  if (status !== undefined && status >= 400 && status < 500) {
    return sendError(req, res, new HttpError(status, "BAD_REQUEST", "Bad request"));
  }
  console.error(error);
  return sendError(req, res, new HttpError(500, "INTERNAL_ERROR", "Internal server error"));
}
