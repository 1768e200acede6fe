"""Whether a carrier gives receipts, and whether replies to a sender of ours are lost."""


def up(migrator, db):
    for column in ('"no_receipts_at" DATETIME', '"unheard_at" DATETIME'):
        db.execute_sql(f'ALTER TABLE "phones" ADD COLUMN {column}')
