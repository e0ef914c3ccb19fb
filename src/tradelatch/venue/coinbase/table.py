"""Every endpoint of the Coinbase face."""

from tradelatch.venue.coinbase import account, edit, history, market_data, orders, wallet
from tradelatch.venue.coinbase.call import Table

TABLE: Table = {
    **market_data.TABLE,
    **account.TABLE,
    **orders.TABLE,
    **edit.TABLE,
    **history.TABLE,
    **wallet.TABLE,
}
