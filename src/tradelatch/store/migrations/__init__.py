"""The revisions of the schema, for Alembic. One that was released is never changed; a new one is
a file in `versions` that names the last one as its `down_revision`."""
