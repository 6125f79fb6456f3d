/** Article reads, as the contract's service has them: findMany and count side by side, author and category included. */

import { config } from "./config.js";
import { prisma } from "./db.js";
import { HttpError } from "./errors.js";
import { Prisma } from "./generated/prisma/client.js";
import type { ArticleFilters } from "./validation.js";

const include = {
  author: { select: { id: true, name: true } },
  category: { select: { id: true, name: true, slug: true } },
} satisfies Prisma.ArticleInclude;

const relationLoadStrategy = config.relations;

const omit = config.listContent ? undefined : { content: true };

function paginated(data: unknown[], total: number, { page, limit }: ArticleFilters) {
  return {
    success: true,
    data,
    pagination: {
      page,
      limit,
      total,
      totalPages: Math.ceil(total / limit),
      hasNext: page * limit < total,
      hasPrev: page > 1,
    },
  };
}

/** Anonymous callers see published articles whatever they ask for. */
function whereOf(filters: ArticleFilters): Prisma.ArticleWhereInput {
  const where: Prisma.ArticleWhereInput = { status: "published" };
  if (filters.category) where.category = { slug: filters.category };
  if (filters.author) where.author_id = filters.author;
  if (filters.search) {
    const contains = { contains: filters.search, mode: "insensitive" } as const;
    where.OR = [{ title: contains }, { content: contains }, { excerpt: contains }];
  }
  return where;
}

async function listPlain(filters: ArticleFilters) {
  const where = whereOf(filters);
  const [articles, total] = await Promise.all([
    prisma.article.findMany({
      where,
      orderBy: { [filters.sortBy]: filters.sortOrder },
      skip: (filters.page - 1) * filters.limit,
      take: filters.limit,
      include,
      omit,
      relationLoadStrategy,
    }),
    prisma.article.count({ where }),
  ]);
  return paginated(articles, total, filters);
}

/** Full text through the GIN index: the ids of one page by rank and the total, then the rows by Prisma. */
async function listRanked(filters: ArticleFilters, term: string) {
  // The inner SELECT makes PostgreSQL read the words once instead of once per row.
  const query = Prisma.sql`(SELECT websearch_to_tsquery('indonesian', ${term}) || websearch_to_tsquery('simple', ${term}))`;
  const conditions = [Prisma.sql`a.status = 'published'`, Prisma.sql`a.search_vector @@ ${query}`];
  if (filters.category) {
    conditions.push(Prisma.sql`a.category_id = (SELECT id FROM categories WHERE slug = ${filters.category})`);
  }
  if (filters.author) conditions.push(Prisma.sql`a.author_id = ${filters.author}`);
  const where = Prisma.join(conditions, " AND ");
  const offset = (filters.page - 1) * filters.limit;
  const [hits, counts] = await Promise.all([
    prisma.$queryRaw<{ id: number }[]>`
      SELECT a.id FROM articles a WHERE ${where}
      ORDER BY ts_rank(a.search_vector, ${query}) DESC, a.created_at DESC LIMIT ${filters.limit} OFFSET ${offset}`,
    prisma.$queryRaw<{ total: number }[]>`SELECT count(*)::int AS total FROM articles a WHERE ${where}`,
  ]);
  const ids = hits.map((hit) => hit.id);
  const rows = await prisma.article.findMany({ where: { id: { in: ids } }, include, omit, relationLoadStrategy });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return paginated(
    ids.map((id) => byId.get(id)),
    counts[0]?.total ?? 0,
    filters,
  );
}

export function listArticles(filters: ArticleFilters) {
  if (filters.search && config.search === "tsquery") return listRanked(filters, filters.search);
  return listPlain(filters);
}

export async function fetchArticle(slug: string) {
  const article = await prisma.article.findUnique({ where: { slug }, include, relationLoadStrategy });
  if (article === null || article.status !== "published") {
    throw new HttpError(404, "NOT_FOUND", "Article not found");
  }
  return { success: true, data: article };
}

export async function listCategories() {
  return { success: true, data: await prisma.category.findMany({ orderBy: [{ name: "asc" }, { id: "asc" }] }) };
}

export async function fetchCategory(id: number) {
  const category = await prisma.category.findUnique({ where: { id } });
  if (category === null) throw new HttpError(404, "NOT_FOUND", "Category not found");
  return { success: true, data: category };
}
